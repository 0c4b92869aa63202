# SPDX-License-Identifier: Apache-2.0
#
# Writes the file IN as a constant array of bytes, NAME, to the header OUT.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
file(WRITE ${OUT} "static const unsigned char ${NAME}[] = {${bytes}};\n")
