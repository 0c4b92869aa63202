# SPDX-License-Identifier: Apache-2.0
#
# fuzz_NAME.c is a libFuzzer target. With HF_FUZZ (clang) it is built as one;
# otherwise support/fuzz_main.c feeds it, and every test run does.
file(GLOB targets CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_*.c)
foreach(source ${targets})
    cmake_path(GET source STEM name)
    string(REPLACE "fuzz_" "" corpus ${name})
    set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${corpus})
    if(NOT IS_DIRECTORY ${corpus})
        set(corpus "")
    endif()
    add_executable(${name} ${source})
    target_compile_options(${name} PRIVATE ${HF_TEST_WARNINGS})
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE=
        HF_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
    target_link_libraries(${name} PRIVATE hf_daemon hf_tool ${HF_ALL})
    if(HF_FUZZ)
        target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    else()
        target_sources(${name} PRIVATE
            ${CMAKE_SOURCE_DIR}/tests/support/fuzz_main.c)
        add_test(NAME ${name} COMMAND ${name} ${corpus})
        set_tests_properties(${name} PROPERTIES TIMEOUT 300
            FAIL_REGULAR_EXPRESSION
            "ERROR: (Leak|Address)Sanitizer;runtime error:")
    endif()
endforeach()
