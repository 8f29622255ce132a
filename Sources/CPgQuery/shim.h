#pragma once

// The module map links the archive and not the shared library, whose name is another one in each release of Debian.
#include <pg_query.h>
