/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/secret.h"
#include "model/clients.h"

#define KEY_A "rfocTAaqZenOP7og3uGOmGFmxrkeFU/Z3Bghayq4XV4="
#define KEY_B "CzboNDHYNz4eYoI96BwbcIByZPhhLg6079zwoPif0Gs="
#define KEY_LOW "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

static void init(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(clients, .init = init);

static struct clients parsed; /* of the test's own process */

/* Lines give label, right and key; empty lines and remarks are passed over. */
Test(clients, reads_lines)
{
    struct x25519_key key;

    cr_assert(clients_parse(span_str("# laptops\n\nlap-1 deposit " KEY_A
                                     "\nhelper restore " KEY_B),
                            &parsed, NULL) == ERR_OK);
    cr_assert_eq(parsed.count, 2);
    cr_assert_str_eq(parsed.clients[0].label.text, "lap-1");
    cr_assert_eq(parsed.clients[1].right, CLIENT_RESTORE);
    cr_assert(base64_parse_fixed(span_str(KEY_B), key.bytes, 32) == ERR_OK);
    cr_assert_eq(clients_find(&parsed, &key), &parsed.clients[1]);
    memset(key.bytes, 9, sizeof(key.bytes));
    cr_assert_null(clients_find(&parsed, &key));
}

/* A file without a line lets nobody in, and is fine. */
Test(clients, takes_an_empty_file)
{
    cr_assert(clients_parse(span_str(""), &parsed, NULL) == ERR_OK);
    cr_assert_eq(parsed.count, 0);
}

/* 240 clients are taken, one more is not. */
Test(clients, has_a_bound)
{
    struct buf text;
    struct why why;

    buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < CLIENT_COUNT_MAX; i++) {
        uint8_t key[32] = { (uint8_t)i, 1, 2, 3 };

        buf_printf(&text, "lap-%u deposit ", i);
        buf_put_base64(&text, span_of(key, sizeof(key)));
        buf_put_str(&text, "\n");
    }
    cr_assert(clients_parse(buf_span(&text), &parsed, &why) == ERR_OK, "%s",
              why.text);
    cr_assert_eq(parsed.count, 240);
    buf_put_str(&text, "one-more deposit " KEY_A "\n");
    cr_assert(clients_parse(buf_span(&text), &parsed, &why) == ERR_MALFORMED);
    cr_assert_not_null(strstr(why.text, "line 241: more than 240 clients"),
                       "%s", why.text);
    buf_done(&text);
}

/* What is not such a line is refused with its number. */
Test(clients, names_the_bad_line)
{
    static const char *const bad[] = {
        "\nLap deposit " KEY_A,
        "\nlap write " KEY_A,
        "\nlap deposit",
        "\nlap",
        "\nlap deposit  " KEY_A,
        "\nlap deposit " KEY_A " ",
        "\nlap deposit " KEY_A "\r\n",
        "\nlap deposit AAAA",
        "\nlap deposit " KEY_LOW,
        "a deposit " KEY_A "\nb admin " KEY_A "\n",
        "\n lap deposit " KEY_A,
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        struct why why;

        cr_assert(clients_parse(span_str(bad[index]), &parsed, &why) ==
                      ERR_MALFORMED,
                  "%s", bad[index]);
        cr_assert_eq(strncmp(why.text, "line 2: ", 8), 0, "%s", why.text);
    }
}
