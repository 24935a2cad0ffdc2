namespace Marathon.LocalHosting;

/// <summary>Passes on what the processes write: to the console with the name in front, and to a file for each.</summary>
internal sealed class Output(string folder, bool toConsole) : IDisposable
{
    private static readonly string[] Colours = ["36", "32", "33", "35", "34", "31", "96", "92", "93", "95", "94"];
    private readonly Dictionary<string, StreamWriter> files = [];
    private readonly bool inColour = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is null;
    private int width;

    /// <returns>Takes the lines of this instance.</returns>
    public Action<string> For(string id)
    {
        width = Math.Max(width, id.Length);
        var colour = Colours[files.Count % Colours.Length];
        var file = Open(id);
        files.Add(id, file);
        return line =>
        {
            lock (file) if (file.BaseStream.CanWrite) TryWrite(() => file.WriteLine(line));
            if (toConsole) Write(inColour ? $"\e[{colour}m{id.PadRight(width)} |\e[0m {line}" : $"{id.PadRight(width)} | {line}");
        };
    }

    public void Write(string text)
    {
        if (!toConsole) return;
        lock (files) TryWrite(() => Console.Out.WriteLine(text));
    }

    public void Dispose()
    {
        foreach (var file in files.Values) lock (file) TryWrite(file.Dispose);
    }

    /// <summary>A full disk costs lines, and not the processes that they are of: these are read, watched and started again all the same.</summary>
    public static void TryWrite(Action write)
    {
        try
        {
            write();
        }
        catch (IOException)
        {
            // There is nowhere to say so.
        }
    }

    private StreamWriter Open(string id)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, id + ".log");
        if (File.Exists(path)) File.Move(path, Path.Combine(folder, id + ".previous.log"), overwrite: true);
        return new StreamWriter(path) { AutoFlush = true };
    }
}
