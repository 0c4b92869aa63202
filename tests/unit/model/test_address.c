/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/address.h"

/* Names, IPv4 and bracketed IPv6 addresses with a port are addresses. */
Test(address, takes_hosts_and_ports)
{
    static const char *const good[] = {
        "a:1",
        "node.example.org:7711",
        "NODE-1.example:65535",
        "127.0.0.1:80",
        "[::1]:7711",
        "[2001:db8::1]:7711",
        "[::]:1",
        "[1:2:3:4:5:6:7:8]:9",
        "[::ffff:192.0.2.1]:9",
        "1a.2b:3",
        "_x.y:4",
        "[1::]:5",
    };

    for (size_t index = 0; index < sizeof(good) / sizeof(good[0]); index++) {
        cr_assert(address_valid(span_str(good[index])), "%s", good[index]);
    }
}

/* Everything else is not. */
Test(address, refuses_the_rest)
{
    static const char *const bad[] = {
        "",
        ":1",
        "a",
        "a:",
        "a:0",
        "a:65536",
        "a:01",
        "a:+1",
        "a b:1",
        "a..b:1",
        ".a:1",
        "a.:1",
        "-a:1",
        "a-:1",
        "1.2.3:4",
        "1.2.3.256:4",
        "1.2.3.04:4",
        "::1:7711",
        "[::1]",
        "[::1]7711",
        "[1::2::3]:4",
        "[12345::]:1",
        "[g::]:1",
        "[]:1",
        "[1:2:3:4:5:6:7]:8",
        "[1:2:3:4:5:6:7:8:9]:1",
        "[a.b]:1",
        "a/b:1",
        "[fe80::1%eth0]:1",
        "[1:2:3:4::5:6:7:8]:1",
        "[::1.2.3]:4",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_assert(!address_valid(span_str(bad[index])), "%s", bad[index]);
    }
}

/* The parts come out without brackets. */
Test(address, gives_host_and_port)
{
    struct address address;

    cr_assert(address_parse(span_str("[2001:db8::1]:7711"), &address) ==
              ERR_OK);
    cr_assert(span_is(address.host, "2001:db8::1"));
    cr_assert_eq(address.port, 7711);
    cr_assert(address.is_ipv6);
    cr_assert(address_parse(span_str("a.example:1"), &address) == ERR_OK);
    cr_assert(span_is(address.host, "a.example"));
    cr_assert(!address.is_ipv6);
}
