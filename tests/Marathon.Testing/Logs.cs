using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Marathon.Testing;

/// <summary>Everything a service logs, at every level, as it would be written: message, scopes left out, exception included.</summary>
public sealed class Logs : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];

    /// <summary>So far.</summary>
    public string Text => string.Join('\n', lines);

    /// <summary>Makes a service log here, too.</summary>
    public void Capture(IServiceCollection services) => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Log(lines, categoryName);

    /// <inheritdoc/>
    public void Dispose() { }

    private sealed class Log(ConcurrentQueue<string> lines, string category) : ILogger
    {
        IDisposable? ILogger.BeginScope<TState>(TState state) => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category} {formatter(state, exception)} {exception}");
    }
}
