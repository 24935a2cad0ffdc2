namespace Marathon.Fuzz;

/// <summary>How the request is framed, and how its bytes arrive.</summary>
internal static class DeliveryMutations
{
    public static readonly IReadOnlyList<Mutation> All =
    [
        new("in chunks", (request, _) => Chunked(request, size => $"{size:x}")),
        new("in chunks with extensions", (request, _) => Chunked(request, size => $"{size:X};a=b;c=\"d\"")),
        new("in pieces", (request, _) => request.Delivery = Delivery.InPieces),
        Lying("chunks of another size", (request, random) => Chunked(request, size => random.Any((string[])["-1", "zz", "", "0x5", "FFFFFFFFFFFFFFFF", "7FFFFFFF", $"{size + 5:x}", $"{Math.Max(0, size - 3):x}", new('0', 3000)]))),
        Lying("another Content-Length", (request, random) => request.ContentLength = random.Any((string[])["-1", "0", "abc", "1e3", "+5", "99999999999999999999", "0x10", "", " ", $"{request.Body.Length / 2}"])),
        Lying("a Content-Length that is too long", (request, _) => request.ContentLength = $"{request.Body.Length + 50}"),
        Lying("two of Content-Length", (request, _) => request.Headers.Add(("Content-Length", "5"))),
        Lying("Content-Length and chunks", (request, _) => request.ChunkSize = size => $"{size:x}"),
        Lying("another Transfer-Encoding", (request, random) => request.Headers.Add(("Transfer-Encoding", random.Any((string[])["gzip", "chunked, chunked", "identity", "\u000bchunked", "xchunked", "gzip, chunked"])))),
        Lying("cut short", (request, _) => request.Delivery = Delivery.CutShort),
        Lying("chunks cut short", (request, _) =>
        {
            Chunked(request, size => $"{size:x}");
            request.Delivery = Delivery.CutShort;
        }),
    ];

    /// <summary>Those after which a server has to wait, so that there are fewer of them.</summary>
    public static readonly IReadOnlyList<Mutation> Slow =
    [
        Lying("stops in the middle", (request, _) => request.Delivery = Delivery.Stops),
        Lying("slow", (request, _) => request.Delivery = Delivery.Slow),
    ];

    private static Mutation Lying(string name, Action<RawRequest, Random> apply) => new(name, (request, random) =>
    {
        apply(request, random);
        request.IsNoHttp = request.MayBeCut = true;
    });

    private static void Chunked(RawRequest request, Func<int, string> size) => (request.ContentLength, request.ChunkSize) = (null, size);
}
