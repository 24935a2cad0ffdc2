using System.Diagnostics;
using Marathon.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>Keeps one <see cref="Consumer"/> running on a thread of its own, and replaces it when it fails.</summary>
internal sealed class ConsumerHost(IServiceProvider services, MessagingOptions options, ILogger<ConsumerHost> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        KeepAsync(ended => ActivatorUtilities.CreateInstance<Consumer>(services, ended).Run(), options, logger, stoppingToken);

    public static Task KeepAsync(Action<CancellationToken> consume, MessagingOptions options, ILogger logger, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Keep(consume, options, logger, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Keep(Action<CancellationToken> consume, MessagingOptions options, ILogger logger, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var begun = Stopwatch.GetTimestamp();
            try
            {
                consume(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning("The consumer starts over: {Reason}", exception.Message);
                failures = Rounds.InARow(failures, Stopwatch.GetElapsedTime(begun));
                cancellationToken.WaitHandle.WaitOne(Rounds.RestAfter(failures, options.RetryDelay));
            }
        }
    }
}
