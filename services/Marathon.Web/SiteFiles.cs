using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Marathon.Web;

/// <summary>
/// The stylesheet, scripts and pictures of the pages. All stand under one address that names their content, so that browsers keep them for good and a new version is fetched
/// at once; scripts import one another from beside them.
/// </summary>
public static class SiteFiles
{
    private static readonly FrozenDictionary<string, Asset> All = Read();

    private static readonly string Version = Convert.ToHexStringLower(SHA256.HashData(
        [.. All.OrderBy(asset => asset.Key, StringComparer.Ordinal).SelectMany(asset => (byte[])[.. Encoding.UTF8.GetBytes(asset.Key), .. asset.Value.Plain])]))[..12];

    /// <summary>Where a file is to be had.</summary>
    public static string Path(string file) => All.ContainsKey(file) ? $"/assets/{Version}/{file}" : throw new ArgumentException($"There is no {file}.", nameof(file));

    /// <summary>Answers them. Who still asks under an older version's address, or already under a newer one's, gets what is here, and keeps it for a moment only.</summary>
    public static void MapSiteFiles(this WebApplication app) => app.MapGet("/assets/{version}/{file}", (string version, string file, HttpContext context) =>
    {
        if (!All.TryGetValue(file, out var asset)) return Results.StatusCode(StatusCodes.Status404NotFound);
        context.Response.Headers.CacheControl = version == Version ? "public, max-age=31536000, immutable" : "public, max-age=10";
        context.Response.Headers.Vary = "Accept-Encoding";
        if (!context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal)) return Results.Bytes(asset.Plain, asset.Type);
        context.Response.Headers.ContentEncoding = "br";
        return Results.Bytes(asset.Compressed, asset.Type);
    });

    private static FrozenDictionary<string, Asset> Read()
    {
        const string Prefix = "assets/";
        var assembly = typeof(SiteFiles).Assembly;
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(name => name[Prefix.Length..], name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var plain = new byte[stream.Length];
            stream.ReadExactly(plain);
            return new Asset(plain, Compress(plain), TypeOf(name));
        });
    }

    private static byte[] Compress(byte[] plain)
    {
        using var compressed = new MemoryStream();
        using (var brotli = new BrotliStream(compressed, CompressionLevel.SmallestSize)) brotli.Write(plain);
        return compressed.ToArray();
    }

    private static string TypeOf(string name) => System.IO.Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"What kind of file is {other}?"),
    };

    private sealed record Asset(byte[] Plain, byte[] Compressed, string Type);
}
