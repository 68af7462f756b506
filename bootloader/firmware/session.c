/* The variables of session.h. */
#include "session.h"

grant granted __attribute__((section(".bss.granted"), aligned(4)));
session_state session;
