using System.Text.Json;

namespace Marathon.LocalHosting;

/// <summary>Made-up values that are kept for the next run, in a file only its owner can read.</summary>
internal sealed class SecretFile(string path)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private readonly Lock gate = new();

    public string GetOrAdd(string key, Func<string> make)
    {
        lock (gate)
        {
            var values = File.Exists(path) ? JsonSerializer.Deserialize<SortedDictionary<string, string>>(File.ReadAllText(path)) ?? [] : [];
            if (values.TryGetValue(key, out var known)) return known;
            values[key] = make();
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var next = path + ".new";
            using (var file = new FileStream(next, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            })) JsonSerializer.Serialize(file, values, Indented);
            File.Move(next, path, overwrite: true);
            return values[key];
        }
    }
}
