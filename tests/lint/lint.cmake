# SPDX-License-Identifier: Apache-2.0
#
# Rules of the tree that a machine can check, each a test lint_NAME.
set(HF_LINT ${CMAKE_SOURCE_DIR}/tests/lint)

function(hf_lint name)
    add_test(NAME lint_${name} COMMAND /usr/bin/python3 ${HF_LINT}/${name}
        ${ARGN})
    set_tests_properties(lint_${name} PROPERTIES TIMEOUT 120
        SKIP_RETURN_CODE 77 ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endfunction()

foreach(name lengths layers cycles headers format configs links codes)
    hf_lint(${name})
endforeach()

set(pure)
foreach(name base crypto ledger model wire core seal)
    get_target_property(type hf_${name} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND pure $<TARGET_FILE:hf_${name}>)
    endif()
endforeach()
set(all ${pure})
foreach(name store net pool)
    get_target_property(type hf_${name} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND all $<TARGET_FILE:hf_${name}>)
    endif()
endforeach()
hf_lint(purity ${pure})
hf_lint(globals ${all})
