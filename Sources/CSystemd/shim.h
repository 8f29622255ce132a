#include <systemd/sd-daemon.h>
// Or each entry would tell a line of this program's source, and no field could tell another one.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
