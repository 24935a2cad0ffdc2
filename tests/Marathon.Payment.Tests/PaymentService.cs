using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Marathon.Payments.Tests;

/// <summary>What Payment answers.</summary>
internal sealed record Answer(string Status);

/// <summary>Payment on a database of its own, as Registration sees it. Two on one database are two replicas.</summary>
internal sealed class PaymentService : IAsyncDisposable
{
    private readonly ServiceHost<Program> host;
    private readonly HttpClient client;

    private PaymentService(ServiceHost<Program> host) => (this.host, client) = (host, host.CreateClient());

    public NpgsqlDataSource Database => host.Database;

    /// <summary>On a database that is made for it.</summary>
    public static async Task<PaymentService> StartAsync(
        Servers servers, bool looksAfterUnsettled, (string, string)[]? settings = null, Action<IServiceCollection>? configure = null) =>
        Start(servers, await servers.CreateDatabaseAsync<Program>(), looksAfterUnsettled, settings, configure);

    /// <param name="looksAfterUnsettled">Whether the background worker does, every 50 ms; else only at the start.</param>
    /// <param name="settings">More configuration, which wins.</param>
    /// <param name="configure">What the test replaces.</param>
    public static PaymentService Start(
        Servers servers, string database, bool looksAfterUnsettled, (string, string)[]? settings = null, Action<IServiceCollection>? configure = null) => new(servers.Start<Program>("payment", database,
    [
        // Long enough for the busiest machine: what is tested is the outcome, not the time limit.
        ("Payment:Patience", "00:00:15"),
        ("Payment:SettleInterval", looksAfterUnsettled ? "00:00:00.050" : "01:00:00"),
        ("Payment:RetryDelay", "00:00:00.100"),
        ("Payment:LongestRetryDelay", "00:00:00.500"),
        ("Payment:Simulated:Latency", "10-40"),
        .. settings ?? [],
    ], configure));

    /// <summary>A provider that is given up on quickly, for those that never answer. The pause before the next attempt is no shorter than that.</summary>
    public static (string, string)[] Impatient => [("Payment:ProviderTimeout", "00:00:02"), ("Payment:Patience", "00:00:04")];

    public async Task<Answer> ChargeAsync(Story story, string? token = "tok_good", int amount = Story.Fee) => await ReadAsync(await PostChargeAsync(story, token, amount));

    /// <summary>As <see cref="ChargeAsync"/>, and null when the outcome is unknown.</summary>
    public async Task<Answer?> TryChargeAsync(Story story, string token)
    {
        var response = await PostChargeAsync(story, token);
        if (response.StatusCode is not HttpStatusCode.ServiceUnavailable) return await ReadAsync(response);
        // One that lives: nobody else is to be kept from it.
        using (response) Assert.NotNull(response.Headers.RetryAfter);
        return null;
    }

    /// <summary>Asks again, as Registration does, until the outcome is known.</summary>
    public Task<Answer> ChargeUntilKnownAsync(Story story, string token) => Eventually.GetAsync(async () =>
    {
        var answer = await TryChargeAsync(story, token);
        Assert.NotNull(answer);
        return answer;
    }, TimeSpan.FromSeconds(120));

    private Task<HttpResponseMessage> PostChargeAsync(Story story, string? token, int amount = Story.Fee) => client.PostAsJsonAsync("/charges",
        new { story.RegistrationId, story.Number, Amount = amount, Currency = "KRW", Token = token });

    /// <summary>What operators see: a JSON answer, with its status.</summary>
    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path, string language = "en")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { { "Accept-Language", language } } };
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadFromJsonAsync<JsonElement>());
    }

    public async Task<Answer> VoidAsync(Story story, CancellationToken cancellationToken = default) => await ReadAsync(await client.PostAsJsonAsync(
        $"/charges/{story.RegistrationId}/void", new { story.Number, Amount = Story.Fee, Currency = "KRW" }, cancellationToken));

    /// <summary>The provider's books: <c>captured - given back</c> of each charge with the registration's key.</summary>
    public Task<IReadOnlyList<string>> BooksAsync(Story story) =>
        Database.RowsAsync("SELECT captured || ' - ' || cancelled FROM simulated_provider_charges WHERE key = $1", story.RegistrationId);

    public async Task<string> StatusAsync(Story story) =>
        Assert.Single(await Database.RowsAsync("SELECT status FROM payments WHERE registration_id = $1", story.RegistrationId));

    /// <summary>Why it was declined, or else the provider's own name of it.</summary>
    public async Task<string> DetailAsync(Story story) =>
        Assert.Single(await Database.RowsAsync("SELECT coalesce(reason, provider_reference) FROM payments WHERE registration_id = $1", story.RegistrationId));

    /// <summary>As a process leaves it that died after it had asked the provider and before it noted the answer: nobody holds the lease any more.</summary>
    public async Task LeaveRequestedAsync(Story story, bool captured, bool due)
    {
        if (captured)
            await Database.ExecuteAsync("""
                INSERT INTO simulated_provider_charges (key, amount, currency, outcome, reference, captured) VALUES ($1, $2, 'KRW', 'CAPTURED', 'sim_lost', $2)
                """, story.RegistrationId, Story.Fee);
        await Database.ExecuteAsync("""
            INSERT INTO payments (registration_id, payment_id, number, amount, currency, token, status, version, charging_until, due_at)
            VALUES ($1, $2, $3, $4, 'KRW', 'tok_good', 'REQUESTED', 0, now() - interval '1 second', now() + CASE WHEN $5 THEN interval '0' ELSE interval '1 hour' END)
            """, story.RegistrationId, Guid.CreateVersion7(), story.Number, Story.Fee, due);
    }

    /// <summary>Meters, and whatever else the service is made of.</summary>
    public IServiceProvider Services => host.Services;

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
    }

    private static async Task<Answer> ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
            return (await response.Content.ReadFromJsonAsync<Answer>())!;
        }
    }
}
