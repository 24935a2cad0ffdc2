using Marathon.ServiceDefaults.Values;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Notification.Tests;

/// <summary>Notification on a database of its own, and what its provider was given.</summary>
internal sealed class NotificationService : IAsyncDisposable
{
    private readonly ServiceHost<Program> host;

    private NotificationService(ServiceHost<Program> host) => this.host = host;

    public NpgsqlDataSource Database => host.Database;

    /// <summary>On a database that is made for it.</summary>
    public static async Task<NotificationService> StartAsync(
        Servers servers, Action<IServiceCollection>? configure = null, string logLevel = "Warning", params (string Key, string Value)[] settings) =>
        Start(servers, await servers.CreateDatabaseAsync<Program>(), configure, logLevel, onKestrel: false, settings);

    public static NotificationService Start(
        Servers servers, string database, Action<IServiceCollection>? configure = null, string logLevel = "Warning", bool onKestrel = false, params (string Key, string Value)[] settings) =>
        new(servers.Start<Program>("notification", database,
        [
            ("Notification:PublicUrl", "https://marathon.test"),
            ("Notification:PollInterval", "00:00:00.050"),
            ("Notification:RetryDelay", "00:00:00.100"),
            // What is announced to a whole race here happened at a fixed time.
            ("Notification:StaleAfter", "3650.00:00:00"),
            ("Logging:LogLevel:Default", logLevel),
            .. settings,
        ], configure, onKestrel));

    /// <summary>A part of the service, as it is composed.</summary>
    public T Service<T>() where T : notnull => host.Services.GetRequiredService<T>();

    public HttpClient CreateClient() => host.CreateClient();

    /// <summary>The texts that went to the runner's phone, in the order in which they were taken.</summary>
    public Task<IReadOnlyList<string>> SentToAsync(Story story) =>
        Database.RowsAsync("SELECT text FROM sandbox_sms WHERE phone_no = $1 ORDER BY taken_at, reference", Dialled(story.PhoneNo));

    /// <summary>The same, of a supplier's contact.</summary>
    public Task<IReadOnlyList<string>> SentToAsync(Order order) =>
        Database.RowsAsync("SELECT text FROM sandbox_sms WHERE phone_no = $1 ORDER BY taken_at, reference", Dialled(order.PhoneNo));

    /// <summary>Of the messages about the registration, kind and status, in the order in which they were queued.</summary>
    public Task<IReadOnlyList<string>> MessagesAsync(Story story) =>
        Database.RowsAsync("SELECT kind || ' ' || status FROM messages WHERE registration_id = $1 ORDER BY seq", story.RegistrationId);

    /// <summary>A number as the provider gets it.</summary>
    public static string Dialled(string phoneNo) => PhoneNumber.Parse(phoneNo)!.ToString();

    public ValueTask DisposeAsync() => host.DisposeAsync();
}
