using System.Globalization;

namespace Marathon.Solapi;

/// <summary>
/// A provider in a process of its own. SOLAPI_BOOK is the file of what it took; SOLAPI_FAULTS the part of calls that go wrong, each way as often; SOLAPI_PATIENCE how old a call may be that it
/// still deals with.
/// </summary>
internal static class Process
{
    private static async Task Main()
    {
        var faults = double.Parse(Environment.GetEnvironmentVariable("SOLAPI_FAULTS") ?? "0", CultureInfo.InvariantCulture);
        await using var server = await SolapiServer.StartAsync(address: null, Environment.GetEnvironmentVariable("SOLAPI_BOOK"),
            () => Random.Shared.NextDouble() < faults ? Random.Shared.GetItems(Enum.GetValues<SolapiFault>(), 1)[0] : null,
            Environment.GetEnvironmentVariable("SOLAPI_PATIENCE") is { } patience ? TimeSpan.ParseExact(patience, "c", CultureInfo.InvariantCulture) : null);
        await server.StoppedAsync();
    }
}
