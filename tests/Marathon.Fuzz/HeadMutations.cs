using System.Globalization;

namespace Marathon.Fuzz;

/// <summary>What is done to the request line and the headers.</summary>
internal static class HeadMutations
{
    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "BREW", "PROPFIND", new('A', 200)];

    private static readonly string[] ContentTypes =
    [
        "", "text/plain", "text/html", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=utf-16", "application/json; charset=\"utf-8\"",
        "application/json; charset=nonsense", "application/json;;;", "application/json, text/plain", "APPLICATION/JSON", "application/problem+json", "application/json-patch+json", "application/jsonx", "json", "*/*", "application/", "/",
    ];

    private static readonly string[] Keys = ["", " ", "two words", "\"quoted\"", "k\u00e9y", "k\tk", new('k', 200), new('k', 201), new('k', 5000), "'; DROP TABLE registrations; --", "fuzz", "<script>", ",", "a, b"];

    private static readonly string[] Authorizations =
        ["", "Bearer", "Bearer ", "bearer x", "Bearer " + new string('x', 200), "Bearer " + new string('x', 5000), "Basic a2ltOmtpbQ==", "Bearer \u00ff\u00fe", "Bearer a b c", "Negotiate", "Bearer CfDJ8", "Bearer null", "Digest username=\"x\""];

    private static readonly (string Name, string Value)[] Odd =
    [
        ("X-Marathon-Service-Key", "x"), ("X-Marathon-Role", "organiser"), ("X-Marathon-Account", "kim"), ("X-Forwarded-For", "'"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Prefix", "/../"),
        ("X-HTTP-Method-Override", "DELETE"), ("X-Original-URL", "/charges"), ("Forwarded", "for=;;;"), ("Cookie", "marathon=x"), ("Cookie", "marathon=CfDJ8; marathon=;;;="), ("Cookie", "a=\u00ff"), ("Origin", "null"), ("Origin", "http://evil.example"), ("Sec-Fetch-Site", "cross-site"),
        ("Accept", "text/html"), ("Accept", "image/png"), ("Accept", "*/*;q=nonsense"), ("Accept", ""), ("Accept-Encoding", "br;q=1e9"), ("Accept-Language", "ko-KR,,,;q=x"), ("Accept-Language", "\u00ff"), ("Accept-Language", new('a', 3000)), ("If-Match", "*"), ("If-None-Match", "\"x"),
        ("If-Modified-Since", "yesterday"), ("Range", "bytes=5-1,,9"), ("Expect", "100-continue"), ("Expect", "the-impossible"), ("Last-Event-ID", "-1"), ("Upgrade", "websocket"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__"), ("Connection", "upgrade, close"),
        ("Connection", "Content-Length"), ("Connection", "nonsense"), ("Keep-Alive", "timeout=1e9"), ("TE", "trailers, nonsense"), ("Trailer", "Host"), ("Via", "x"), ("Max-Forwards", "-1"), ("Traceparent", "00-nonsense"), ("Traceparent", "00-ffffffffffffffffffffffffffffffff-ffffffffffffffff-ff"),
        ("Tracestate", new(',', 600)), ("Baggage", "a=b;;;,,="), ("Request-Id", "|x"), ("User-Agent", "${jndi:ldap://localhost/a}"), ("User-Agent", "\u00ff\u00fe"), ("Referer", "javascript:"), ("Content-Encoding", "br"), ("Content-Language", "\u00ff"), ("Date", "x"),
        ("Content-MD5", "x"), ("Proxy-Connection", "x"), ("Proxy-Authorization", "Basic x"), ("Sec-WebSocket-Key", "x"),
    ];

    public static readonly IReadOnlyList<Mutation> All =
    [
        new("another content type", (request, random) => request.Set("Content-Type", random.Any(ContentTypes))),
        new("no content type", (request, _) => request.Headers.RemoveAll(header => header.Name == "Content-Type")),
        new("another method", (request, random) => request.Method = random.Any(Methods)),
        new("another parameter in the path", Segment),
        new("another parameter in the path", Segment),
        new("another path", (request, random) => request.Path = random.Any((string[])["//", "/.", "/..", "/races//", request.Path + "/", request.Path + "//x", "/" + request.Path, request.Path + "%2f", request.Path.ToUpperInvariant(), request.Path + "#x", "/charges", "/messaging", "/docs/..%2f", "/docs/%00", "/docs/nothing"])),
        new("a query", Query),
        new("a query", Query),
        new("a query without end", (request, random) => request.Query = "?" + string.Concat(Enumerable.Repeat("size=1&", 600))),
        new("another Idempotency-Key", (request, random) => request.Set("Idempotency-Key", random.Any(Keys))),
        new("two of Idempotency-Key", (request, _) => request.Headers.AddRange([("Idempotency-Key", "one"), ("Idempotency-Key", "two")])),
        new("another Authorization", (request, random) => request.Set("Authorization", random.Any(Authorizations))),
        new("two of Authorization", (request, _) => request.Headers.AddRange([("Authorization", "Bearer one"), ("Authorization", "Bearer two")])),
        new("an odd header", OddHeader),
        new("an odd header", OddHeader),
        new("an odd header", OddHeader),
        new("forty headers", (request, _) => request.Headers.AddRange(Enumerable.Range(0, 40).Select(at => ($"X-{at}", new string('x', 100))))),
        new("HTTP/1.0", (request, _) => request.Version = "HTTP/1.0"),
        NoHttp("another version", (request, random) => request.Version = random.Any((string[])["HTTP/0.9", "HTTP/2.0", "HTTP/9.9", "HTTP/1", "http/1.1", "", "ICY"])),
        NoHttp("too many headers", (request, _) => request.Headers.AddRange(Enumerable.Range(0, 150).Select(at => ($"X-{at}", "x")))),
        NoHttp("a huge header", (request, random) => request.Headers.Add(("X-Huge", new string('x', random.Next(2) == 0 ? 30_000 : 300_000)))),
        NoHttp("a header that is none", (request, random) => request.Headers.Add(random.Any(((string, string)[])[("", "x"), ("a b", "x"), ("X-Nul", "a\0b"), ("X-Return", "a\rb"), ("X-Line", "a\n b"), ("X-Folded", "a\r\n b"), ("X\u00ff", "x"), ("X(", "x")]))),
        NoHttp("another Host", (request, random) => request.Set("Host", random.Any((string[])["", "a b", "localhost:99999", "evil.example", "[::1", "a/b", "\u00ff", "localhost\0"]))),
        NoHttp("two of Host", (request, _) => request.Headers.Add(("Host", "other"))),
        NoHttp("no Host", (request, _) => request.Headers.RemoveAll(header => header.Name == "Host")),
        NoHttp("another target", (request, random) => request.Path = random.Any((string[])["*", "", "http://evil.example/races", "http://localhost/races", "evil.example:80", "races", "/ra ces", "/\0", "/\u00ff", "/races\t", "\\races", "?", "#"])),
        NoHttp("a very long path", (request, _) => request.Path += new string('a', 20_000)),
        NoHttp("CONNECT", (request, _) => request.Method = "CONNECT"),
        NoHttp("a method that is none", (request, random) => request.Method = random.Any((string[])["", "G ET", "G\0T", "\u00ff", "GET\r\n", new('A', 20_000)])),
    ];

    private static Mutation NoHttp(string name, Action<RawRequest, Random> apply) => new(name, (request, random) =>
    {
        apply(request, random);
        request.IsNoHttp = request.MayBeCut = true;
    });

    private static void Segment(RawRequest request, Random random)
    {
        var segments = request.Path.Split('/');
        // Where a parameter stands, more often than not.
        segments[random.Next(Math.Min(segments.Length, 2), segments.Length + 1) - 1] = random.Any(Nasty.Segments);
        request.Path = string.Join('/', segments) is ['/', ..] path ? path : "/" + string.Join('/', segments);
    }

    private static void Query(RawRequest request, Random random) => request.Query = "?" + string.Join('&', Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        $"{random.Any((string[])["page", "size", "status", "service", "state", "force", "page[]", "PAGE", "", "%00"])}={random.Any(Nasty.Parameters)}"));

    private static void OddHeader(RawRequest request, Random random)
    {
        var (name, value) = random.Any(Odd);
        request.Set(name, value);
        // A connection that stays open is read to the end of the answer, as any other.
        if (name is "Upgrade" or "HTTP2-Settings") request.Set("Connection", string.Create(CultureInfo.InvariantCulture, $"{name}, close"));
    }
}
