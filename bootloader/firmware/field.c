/* The registers of the field machine; the rest of it is in field_rows.S. */
#include "field.h"

field field_registers[FIELD_REGISTERS];
