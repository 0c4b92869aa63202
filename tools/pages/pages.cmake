# SPDX-License-Identifier: Apache-2.0
#
# The manual and bash's completion, made at build time from the tables of the
# command and of the configuration. HF_PAGES holds man/ and bash/.
set(HF_PAGES ${CMAKE_BINARY_DIR}/pages)
set(HF_PAGES_DATE 2026-11-24) # when their text last changed
set(HF_PAGES_FROM ${CMAKE_SOURCE_DIR}/tools/pages)

file(GLOB sources CONFIGURE_DEPENDS ${HF_PAGES_FROM}/*.c)
file(GLOB templates CONFIGURE_DEPENDS ${HF_PAGES_FROM}/*.in)
add_executable(holdfast-pages ${sources})
target_compile_options(holdfast-pages PRIVATE ${HF_WARNINGS})
target_compile_definitions(holdfast-pages PRIVATE _GNU_SOURCE=
    HF_VERSION="${PROJECT_VERSION}")
target_link_libraries(holdfast-pages PRIVATE hf_tool)

add_custom_command(OUTPUT ${HF_PAGES}/made
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${HF_PAGES}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${HF_PAGES}
    COMMAND holdfast-pages ${HF_PAGES_FROM} ${HF_PAGES_DATE} ${HF_PAGES}
    COMMAND ${CMAKE_COMMAND} -E touch ${HF_PAGES}/made
    DEPENDS holdfast-pages ${templates}
    VERBATIM)
add_custom_target(pages ALL DEPENDS ${HF_PAGES}/made)

install(DIRECTORY ${HF_PAGES}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${HF_PAGES}/bash/holdfast
    DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
