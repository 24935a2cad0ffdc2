using Marathon.Registration.Application.Ports;

namespace Marathon.Registration.Application;

/// <summary>What follows a command to a race.</summary>
internal static class RaceReading
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Reads the races again, so that who asks here next sees what was done. It is done whether or not they can be read, and they are read twice a second anyway: whoever gave the
    /// command neither waits for that for long nor is told that it failed, and gives it again.
    /// </summary>
    public static async Task ReadAgainAsync(this IRaces races, ILogger logger)
    {
        try { await races.RefreshAsync(CancellationToken.None).WaitAsync(Patience); }
        catch (Exception exception) { logger.LogWarning("The races are read again later: {Reason}", exception.Message); }
    }
}
