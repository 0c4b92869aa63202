# SPDX-License-Identifier: Apache-2.0
#
# Run by cpack on the tree that becomes the package: what Debian wants
# compressed is compressed.
set(top ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
file(COPY ${CPACK_HF_SOURCE_DIR}/configs/debian/changelog
    DESTINATION ${top}/doc/holdfast)
file(GLOB pages ${top}/man/man*/*.[1-9])
execute_process(COMMAND gzip -9n ${top}/doc/holdfast/changelog ${pages}
    COMMAND_ERROR_IS_FATAL ANY)
