/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of lines (line.h) and of their carriers (line_parts.h). */
#ifndef HF_TOOLS_LINE_TYPES_H
#define HF_TOOLS_LINE_TYPES_H

#define LINE_IN_FLIGHT_MAX 64 /* requests on their way */
#define LINE_CODE_SIZE 64     /* of a refusal's name, with NUL */

#endif
