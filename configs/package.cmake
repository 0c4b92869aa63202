# SPDX-License-Identifier: Apache-2.0
#
# The Debian package, by CPack:  cmake --build BUILD --target package
# Only builds with the prefix /usr have one (cmake --preset release). What goes
# in is what "cmake --install" installs; configs/debian has what only a package
# needs. The package has no configuration files of its own: "holdfast init"
# writes them, so no upgrade ever asks about one.
if(NOT CMAKE_INSTALL_PREFIX STREQUAL "/usr" OR HF_SANITIZE)
    return()
endif()
set(HF_PACKAGE_CONTACT "holdfast maintainers <maintainers@holdfast.invalid>"
    CACHE STRING "Who answers for the package, as NAME <ADDRESS>")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_PACKAGE_NAME holdfast)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${HF_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY
    "replication daemon for evidence of human-rights violations")
set(CPACK_PACKAGE_DESCRIPTION
"Each member organisation of a consortium runs one node. Case workers seal
files on their own machine; nodes only ever see ciphertext and pass signed
replicas on to each other, so that no single seizure or outage loses,
discloses, forges or silently deletes anything.
.
This package has the daemon, holdfastd, and the command line, holdfast.
Nothing starts by itself: README.md in /usr/share/doc/holdfast says how a node
is set up. Removing or purging the package deletes no data and no keys.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
    WORLD_READ WORLD_EXECUTE)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# User and directories are made by these two programs; both come with systemd,
# and alone for machines that start their daemons otherwise. procps has the kill
# of the unit's ExecReload=.
set(CPACK_DEBIAN_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, procps")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/configs/debian/postinst
    ${CMAKE_SOURCE_DIR}/configs/debian/prerm
    ${CMAKE_SOURCE_DIR}/configs/debian/postrm)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/configs/debian/stage.cmake)
set(CPACK_HF_SOURCE_DIR ${CMAKE_SOURCE_DIR})
include(CPack)
