#pragma once

#include <libpq-fe.h>

// PG_DIAG_* are character macros, which Swift does not import.
static const int VS_PG_DIAG_SEVERITY = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int VS_PG_DIAG_SQLSTATE = PG_DIAG_SQLSTATE;
static const int VS_PG_DIAG_MESSAGE_PRIMARY = PG_DIAG_MESSAGE_PRIMARY;
static const int VS_PG_DIAG_MESSAGE_DETAIL = PG_DIAG_MESSAGE_DETAIL;
static const int VS_PG_DIAG_MESSAGE_HINT = PG_DIAG_MESSAGE_HINT;
static const int VS_PG_DIAG_CONTEXT = PG_DIAG_CONTEXT;
static const int VS_PG_DIAG_SCHEMA_NAME = PG_DIAG_SCHEMA_NAME;
static const int VS_PG_DIAG_TABLE_NAME = PG_DIAG_TABLE_NAME;
static const int VS_PG_DIAG_STATEMENT_POSITION = PG_DIAG_STATEMENT_POSITION;
