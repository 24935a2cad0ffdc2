using System.Text;

namespace Marathon.Fuzz;

/// <summary>Values that have broken something somewhere before.</summary>
internal static class Nasty
{
    /// <summary>What an attacker writes where a word is expected.</summary>
    public static readonly IReadOnlyList<string> Texts =
    [
        "", " ", "'", "' OR 1=1 --", "'; DROP TABLE registrations; --", "\\'; SELECT pg_sleep(20); --", "$1", "%s%n%x", "{0}{name}", "${jndi:ldap://localhost/a}", "{{7*7}}", "$(sleep 20)", "`id`",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "<!--#exec cmd=\"id\"-->", "../../../etc/passwd", "..\\..\\web.config", "file:///etc/passwd",
        "null", "undefined", "NaN", "true", "-1", "0", "=HYPERLINK(\"http://localhost\")", "\u202Egnp.exe", "\u200B\u200D\uFEFF", "a\u0301\u0301\u0301\u0301\u0301\u0301", "𝕬🏃🏽‍♀️", "김\u0000수", "İıſK", "\r\nX-Injected: yes",
        "9999-12-31", "0000-00-00", "2026-02-30T25:61:61Z", "+999999-01-01T00:00:00Z", "00000000-0000-0000-0000-000000000000", "M-0000-0000", "9223372036854775808", new('9', 400), new('가', 201), new('x', 30_000),
    ];

    /// <summary>JSON where another is expected, and what is none.</summary>
    public static readonly IReadOnlyList<string> Tokens =
    [
        "null", "true", "false", "0", "-0", "-1", "1", "2147483647", "2147483648", "-2147483648", "-2147483649", "9223372036854775807", "9223372036854775808", "1e400", "-1e400", "1e-400", "2e4", "20000.0", "0.1",
        "1.7976931348623157e308", new('9', 1000), "{}", "[]", "[null]", "[[],{}]", "{\"\":\"\"}", "{\"$ref\":\"#\"}", "{\"__proto__\":{\"a\":1}}", "{\"$type\":\"System.IO.FileInfo\"}",
        "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u001f\\u007f\\u0085\"", "\"\\u202e\\u2066\"", "\"\\uffff\\ufffe\"", "\"9999-12-31T23:59:59.9999999+14:00\"", "\"0001-01-01T00:00:00-14:00\"",
        "\"9999-12-31\"", "\"0001-01-01\"", "\"2026-02-30\"", "NaN", "Infinity", "-", "+1", "01", "0x10", "1.", ".5", "1e", "'single'", "undefined", "\"open", "\"\\x41\"", "\"\t\"", "// comment", "[1,]", "{\"a\":1,}", "",
    ];

    /// <summary>As a path's parameter, escaped as it is sent.</summary>
    public static readonly IReadOnlyList<string> Segments =
    [
        "%00", "a%00b", "%2e%2e", "..", "%2e%2e%2f%2e%2e%2fcharges", "..%2Fcharges", "..%5Ccharges", "%252e%252e%252f", "%2f", "%5c", "%ff%fe", "%c0%af", "%ed%a0%80", "%u0041", "%", "%2", "%zz", "%0d%0aX-Injected:%20yes",
        "%e2%80%ae", "%20", "+", ";a=b", "a;jsessionid=1", "*", "~", "-1", "0", "-0", "1e5", "9223372036854775807", "9223372036854775808", "99999999999999999999999", "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000", "0193A5A0-0000-7000-8000-000000000001", "M-0000-0000", "m-0000-0000", "M-ZZZZ-ZZZZ", "M%2D0000%2D0000", "%EF%BC%AD-0000-0000", "'%20OR%201=1--",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E", "cancel", "register", "dashboard-1", "nobody-1", "dashboard-", "-", new('a', 300), new('a', 4000),
    ];

    /// <summary>As a parameter of a query.</summary>
    public static readonly IReadOnlyList<string> Parameters =
    [
        "", "0", "-1", "1", "500", "501", "1000000", "1000001", "2147483647", "2147483648", "-2147483648", "9223372036854775807", "1e3", "1.5", "0x10", "NaN", "%00", "%ff", "%c0%80", "%ed%a0%80", "%", "+1", "%201", "1%20", "1,2", "true",
        "'%20OR%201=1--", "%3Cscript%3E", "%0d%0aX-Injected:%20yes", "COMPLETED", "completed", "waiting", "%d9%a1", new('9', 2000),
    ];

    /// <summary>Bytes that are no UTF-8, or not what they look like.</summary>
    public static readonly IReadOnlyList<byte[]> Bytes =
        [[0xFF], [0xC3, 0x28], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x00], [0x1B], [0x0B], [0xEF, 0xBB, 0xBF]];

    /// <summary>Each byte of its UTF-8 as a character, as a head carries it.</summary>
    public static string Raw(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    /// <summary>One of them.</summary>
    public static T Any<T>(this Random random, IReadOnlyList<T> list) => list[random.Next(list.Count)];
}
