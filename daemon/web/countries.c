/* SPDX-License-Identifier: Apache-2.0 */
/* Names of countries: those of Europe and some where such consortia have
 * members. A code that is not here is shown as it is. */
#include <stdio.h>

#include "web/view.h"

struct country {
    const char code[3];
    const char *names[WEB_LANG_COUNT];
};

static const struct country countries[] = {
    { "AL", { "Albania", "Албанія", "Албания" } },
    { "AM", { "Armenia", "Арменія", "Армения" } },
    { "AT", { "Austria", "Аўстрыя", "Австрия" } },
    { "AU", { "Australia", "Аўстралія", "Австралия" } },
    { "BA",
      { "Bosnia and Herzegovina", "Боснія і Герцагавіна",
        "Босния и Герцеговина" } },
    { "BE", { "Belgium", "Бельгія", "Бельгия" } },
    { "BG", { "Bulgaria", "Балгарыя", "Болгария" } },
    { "BR", { "Brazil", "Бразілія", "Бразилия" } },
    { "BY", { "Belarus", "Беларусь", "Беларусь" } },
    { "CA", { "Canada", "Канада", "Канада" } },
    { "CH", { "Switzerland", "Швейцарыя", "Швейцария" } },
    { "CY", { "Cyprus", "Кіпр", "Кипр" } },
    { "CZ", { "Czechia", "Чэхія", "Чехия" } },
    { "DE", { "Germany", "Германія", "Германия" } },
    { "DK", { "Denmark", "Данія", "Дания" } },
    { "EE", { "Estonia", "Эстонія", "Эстония" } },
    { "ES", { "Spain", "Іспанія", "Испания" } },
    { "FI", { "Finland", "Фінляндыя", "Финляндия" } },
    { "FR", { "France", "Францыя", "Франция" } },
    { "GB", { "United Kingdom", "Вялікабрытанія", "Великобритания" } },
    { "GE", { "Georgia", "Грузія", "Грузия" } },
    { "GR", { "Greece", "Грэцыя", "Греция" } },
    { "HR", { "Croatia", "Харватыя", "Хорватия" } },
    { "HU", { "Hungary", "Венгрыя", "Венгрия" } },
    { "IE", { "Ireland", "Ірландыя", "Ирландия" } },
    { "IS", { "Iceland", "Ісландыя", "Исландия" } },
    { "IT", { "Italy", "Італія", "Италия" } },
    { "JP", { "Japan", "Японія", "Япония" } },
    { "KE", { "Kenya", "Кенія", "Кения" } },
    { "KZ", { "Kazakhstan", "Казахстан", "Казахстан" } },
    { "LI", { "Liechtenstein", "Ліхтэнштэйн", "Лихтенштейн" } },
    { "LT", { "Lithuania", "Літва", "Литва" } },
    { "LU", { "Luxembourg", "Люксембург", "Люксембург" } },
    { "LV", { "Latvia", "Латвія", "Латвия" } },
    { "MD", { "Moldova", "Малдова", "Молдова" } },
    { "ME", { "Montenegro", "Чарнагорыя", "Черногория" } },
    { "MK",
      { "North Macedonia", "Паўночная Македонія", "Северная Македония" } },
    { "MT", { "Malta", "Мальта", "Мальта" } },
    { "NL", { "Netherlands", "Нідэрланды", "Нидерланды" } },
    { "NO", { "Norway", "Нарвегія", "Норвегия" } },
    { "NZ", { "New Zealand", "Новая Зеландыя", "Новая Зеландия" } },
    { "PL", { "Poland", "Польшча", "Польша" } },
    { "PT", { "Portugal", "Партугалія", "Португалия" } },
    { "RO", { "Romania", "Румынія", "Румыния" } },
    { "RS", { "Serbia", "Сербія", "Сербия" } },
    { "SE", { "Sweden", "Швецыя", "Швеция" } },
    { "SI", { "Slovenia", "Славенія", "Словения" } },
    { "SK", { "Slovakia", "Славакія", "Словакия" } },
    { "TR", { "Turkey", "Турцыя", "Турция" } },
    { "UA", { "Ukraine", "Украіна", "Украина" } },
    { "US", { "United States", "Злучаныя Штаты", "США" } },
    { "ZA", { "South Africa", "Паўднёвая Афрыка", "ЮАР" } },
};

const char *view_country(const struct html *html, char text[static WORD_SIZE],
                         struct span code)
{
    for (size_t i = 0; i < sizeof(countries) / sizeof(countries[0]); i++) {
        if (span_is(code, countries[i].code)) {
            snprintf(text, WORD_SIZE, "%s", countries[i].names[html->lang]);
            return text;
        }
    }
    return view_label(text, code);
}
