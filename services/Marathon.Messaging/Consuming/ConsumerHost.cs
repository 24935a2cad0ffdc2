using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Marathon.Messaging;

/// <summary>Keeps one <see cref="Consumer"/> running on a thread of its own, and replaces it when it fails.</summary>
internal sealed class ConsumerHost(IServiceProvider services, MessagingOptions options, ILogger<ConsumerHost> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), stoppingToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                ActivatorUtilities.CreateInstance<Consumer>(services, cancellationToken).Run();
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                logger.LogWarning("The consumer starts over: {Reason}", exception.Message);
                cancellationToken.WaitHandle.WaitOne(options.RetryDelay);
            }
        }
    }
}
