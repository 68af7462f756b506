/* What start.c and resident.c of this family share. */
#ifndef RESIDENT_H
#define RESIDENT_H

#include "suite.h"

/* Address of the USART that is the link. */
extern u32 link_usart;

#endif
