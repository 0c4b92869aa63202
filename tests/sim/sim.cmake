# SPDX-License-Identifier: Apache-2.0
#
# The simulator has its own copy of the core, compiled with the ways to be
# broken; it links the core's library for what stands left of it only.
file(GLOB core CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/core/*.c)
target_sources(sim PRIVATE ${core})
target_compile_definitions(sim PRIVATE HF_SIM_FAULTS)

# One thread, pure code: nothing for ThreadSanitizer to see.
if(HF_SANITIZE MATCHES "thread")
    return()
endif()

# sim_test(NAME ARGUMENTS...)
function(sim_test name)
    add_test(NAME sim_${name} COMMAND sim ${ARGN})
    set_tests_properties(sim_${name} PROPERTIES TIMEOUT 600
        FAIL_REGULAR_EXPRESSION "${HF_SANITIZER_WORDS}"
        ENVIRONMENT "${HF_TEST_ENVIRONMENT}")
endfunction()

foreach(first 1 26 51 76) # 100 seeds, so that they run side by side
    sim_test(seeds_${first} --seed ${first} --seeds 25 --hours 1)
endforeach()
sim_test(five_nodes --seeds 5 --hours 1 --nodes 5)
sim_test(two_copies --seeds 5 --hours 1 --nodes 5 --copies 2)
sim_test(one_node --seeds 5 --hours 1 --nodes 1)
sim_test(same_seed --seed 7 --twice --hours 1)
# Nodes that nobody can dial: one, all but one, some.
sim_test(dial_1_of_3 --seeds 10 --hours 1 --nodes 3 --dial 1)
sim_test(dial_2_of_3 --seeds 10 --hours 1 --nodes 3 --dial 2)
sim_test(dial_2_of_5 --seeds 5 --hours 1 --nodes 5 --dial 2)
sim_test(dial_4_of_5 --seeds 5 --hours 1 --nodes 5 --dial 4)
# Without faults nothing crosses a line twice.
sim_test(calm --calm --seeds 5 --hours 1)
sim_test(calm_dial_2_of_3 --calm --seeds 10 --hours 1 --nodes 3 --dial 2)
sim_test(calm_dial_2_of_5 --calm --seeds 5 --hours 1 --nodes 5 --dial 2)
# One deposits far over its quota, and its own node does not keep to it.
sim_test(flood --flood --seeds 8 --hours 1 --nodes 4)
foreach(name two-roots early-receipt no-verify give-up flood boast eager
        forget-sync)
    sim_test(catches_${name} --break ${name} --expect-caught --seeds 100
        --hours 1)
endforeach()
sim_test(catches_no-quota --break no-quota --expect-caught --seeds 3 --hours 1
    --flood --nodes 4)
# A node that deleted its blocks is exposed within three hours.
sim_test(hollow --hollow --seeds 3 --hours 4)
sim_test(hollow_dial_2_of_3 --hollow --seeds 3 --hours 4 --nodes 3 --dial 2)
sim_test(catches_no-challenge-check --hollow --break no-challenge-check
    --expect-caught --seeds 1 --hours 4)
sim_test(catches_two-leases --break two-leases --expect-caught --seeds 20
    --hours 1 --calm --nodes 3 --dial 2)
