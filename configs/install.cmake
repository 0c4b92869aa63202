# SPDX-License-Identifier: Apache-2.0
#
# Where Debian expects things. With the prefix /usr (or below a DESTDIR) the
# unit is one that systemd finds; configuration comes as an example only,
# because "holdfast init" writes the real one.
foreach(program holdfastd holdfast)
    if(TARGET ${program})
        if(program STREQUAL "holdfastd")
            set(folder ${CMAKE_INSTALL_SBINDIR})
        else()
            set(folder ${CMAKE_INSTALL_BINDIR})
        endif()
        install(TARGETS ${program} RUNTIME DESTINATION ${folder})
    endif()
endforeach()

set(HF_CONFIGS ${CMAKE_SOURCE_DIR}/configs)
set(HF_DOC ${CMAKE_INSTALL_DATAROOTDIR}/doc/holdfast)
# The unit names the daemon by its full path.
file(READ ${HF_CONFIGS}/holdfastd.service unit)
string(REPLACE "/usr/sbin/holdfastd" "${CMAKE_INSTALL_FULL_SBINDIR}/holdfastd"
    unit "${unit}")
string(REPLACE "file:///usr/share" "file://${CMAKE_INSTALL_FULL_DATAROOTDIR}"
    unit "${unit}")
file(WRITE ${CMAKE_BINARY_DIR}/holdfastd.service "${unit}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
    ${HF_CONFIGS}/holdfastd.service)

install(FILES ${CMAKE_BINARY_DIR}/holdfastd.service
        ${HF_CONFIGS}/holdfast-notify.service ${HF_CONFIGS}/holdfast-notify.timer
    DESTINATION lib/systemd/system)
install(FILES ${HF_CONFIGS}/sysusers.d/holdfast.conf
    DESTINATION lib/sysusers.d)
install(FILES ${HF_CONFIGS}/tmpfiles.d/holdfast.conf
    DESTINATION lib/tmpfiles.d)
install(FILES ${HF_CONFIGS}/holdfast.conf ${HF_CONFIGS}/nftables.conf
        ${HF_CONFIGS}/prometheus/holdfast.rules.yml
        ${HF_CONFIGS}/grafana/holdfast.json
    DESTINATION ${HF_DOC}/examples)
install(FILES ${CMAKE_SOURCE_DIR}/README.md DESTINATION ${HF_DOC} OPTIONAL)
install(FILES ${CMAKE_SOURCE_DIR}/proto/README.md DESTINATION ${HF_DOC}
    RENAME formats.md)
install(FILES ${HF_CONFIGS}/debian/copyright DESTINATION ${HF_DOC})
