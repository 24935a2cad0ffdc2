namespace Marathon.Gateway.Tests;

/// <summary>What the project's documents promise, for tests that hold the code to it, and the code itself.</summary>
internal static class Documents
{
    /// <summary>The text of a file in <c>docs/</c>.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Root, "docs", name));

    /// <summary>The sources in a folder, but for generated ones.</summary>
    public static IEnumerable<(string Name, string Text)> Sources(string folder) => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin")).Select(file => (Path.GetFileName(file), File.ReadAllText(file)));

    private static string Root
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Marathon.sln"))) folder = folder.Parent!;
            return folder.FullName;
        }
    }
}
