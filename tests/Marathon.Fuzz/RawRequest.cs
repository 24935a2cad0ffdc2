using System.Globalization;
using System.Text;

namespace Marathon.Fuzz;

/// <summary>How the bytes of a request arrive.</summary>
internal enum Delivery
{
    /// <summary>At once.</summary>
    Whole,

    /// <summary>In pieces, some time between them, but soon enough.</summary>
    InPieces,

    /// <summary>Half of the body, and the end of the stream.</summary>
    CutShort,

    /// <summary>Half of the body, then nothing.</summary>
    Stops,

    /// <summary>The body a byte at a time, a second between them.</summary>
    Slow,
}

/// <summary>A request down to its bytes, so that it can be as wrong as one likes.</summary>
/// <param name="number">With the seed it says what the request is.</param>
internal sealed class RawRequest(int number)
{
    /// <summary>Of a request line, in bytes, method and version left to spare; Kestrel takes 8 KiB.</summary>
    private const int LongestLine = 8000;

    public int Number => number;

    /// <summary>What it is, and what was done to it.</summary>
    public List<string> Story { get; } = [];

    public string Method { get; set; } = "GET";
    public string Path { get; set; } = "/";
    public string Query { get; set; } = "";
    public string Version { get; set; } = "HTTP/1.1";

    /// <summary>In Latin-1, as everything in the head: a character is a byte.</summary>
    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[] Body { get; set; } = [];

    /// <summary>What stands in <c>Content-Length</c>; null: there is none.</summary>
    public string? ContentLength { get; set; }

    /// <summary>The body is sent in chunks, each with the size that this says it has; null: it is not.</summary>
    public Func<int, string>? ChunkSize { get; set; }

    public Delivery Delivery { get; set; }

    /// <summary>A server may close the connection without a word: what came is not whole, too large, or no HTTP.</summary>
    public bool MayBeCut { get; set; }

    /// <summary>Said to be no HTTP, or too much of it.</summary>
    public bool IsNoHttp { get; set; }

    /// <summary>Kestrel may refuse it before it is anybody's request, with a bare status: it is no HTTP, or has what Kestrel does not take.</summary>
    public bool MayBeRefusedBare => IsNoHttp || Version != "HTTP/1.1" || Path.Length + Query.Length > LongestLine || Path.Contains("%00", StringComparison.Ordinal) || Head().Any(symbol => symbol >= 0x80);

    /// <summary>Replaces a header.</summary>
    public void Set(string name, string value)
    {
        Headers.RemoveAll(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        Headers.Add((name, value));
    }

    public byte[] Head()
    {
        var head = new StringBuilder($"{Method} {Path}{Query} {Version}\r\n");
        foreach (var (name, value) in Headers) head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (ContentLength is not null) head.Append(CultureInfo.InvariantCulture, $"Content-Length: {ContentLength}\r\n");
        if (ChunkSize is not null) head.Append("Transfer-Encoding: chunked\r\n");
        return Encoding.Latin1.GetBytes(head.Append("\r\n").ToString());
    }

    public byte[] Content()
    {
        if (ChunkSize is null) return Body;
        using var content = new MemoryStream();
        foreach (var chunk in Body.Chunk(Math.Max(1, Body.Length / 3)))
        {
            content.Write(Encoding.Latin1.GetBytes($"{ChunkSize(chunk.Length)}\r\n"));
            content.Write(chunk);
            content.Write("\r\n"u8);
        }
        content.Write("0\r\n\r\n"u8);
        return content.ToArray();
    }

    /// <summary>In one line, shortened, with what cannot be printed escaped.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"request {number}, {string.Join(", ", Story)}: ");
        foreach (var symbol in Encoding.Latin1.GetString([.. Head(), .. Content().Take(600)]).Take(1200))
            text.Append(symbol is >= ' ' and <= '~' ? $"{symbol}" : $"\\x{(int)symbol:X2}");
        return text.ToString();
    }
}
