#include "db/store.h"
const struct db_engine pg_engine = { 0 };
