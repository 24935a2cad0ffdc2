using System.Runtime.InteropServices;

namespace Marathon.Testing;

/// <summary>Ctrl+C and SIGTERM for programs that start the whole system.</summary>
internal static class Interruption
{
    private static readonly List<PosixSignalRegistration> Kept = [];

    /// <summary>
    /// Ends this process at once. The system's own host would take the signal for itself and leave us waiting for what it has stopped. Its processes end with us, and the
    /// next run sweeps up their folder.
    /// </summary>
    public static void EndsThisProcess()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
            Kept.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                Console.Error.WriteLine("interrupted");
                Environment.Exit(signal == PosixSignal.SIGINT ? 130 : 143);
            }));
    }
}
