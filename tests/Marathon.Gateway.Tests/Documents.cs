namespace Marathon.Gateway.Tests;

/// <summary>What the project's documents promise, for tests that hold the code to it.</summary>
internal static class Documents
{
    /// <summary>The text of a file in <c>docs/</c>.</summary>
    public static string Read(string name)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Marathon.sln"))) folder = folder.Parent!;
        return File.ReadAllText(Path.Combine(folder.FullName, "docs", name));
    }
}
