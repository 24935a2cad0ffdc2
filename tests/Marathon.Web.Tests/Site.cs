using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Marathon.Testing;
using Microsoft.Playwright;
using Npgsql;

namespace Marathon.Web.Tests;

/// <summary>The whole system and one browser, for all tests: a start takes longer than most of them.</summary>
public sealed class Site : IAsyncLifetime
{
    /// <summary>The system's own; Playwright's cannot be fetched everywhere.</summary>
    private static readonly string Chromium = Environment.GetEnvironmentVariable("MARATHON_CHROMIUM") ?? "/usr/bin/chromium-headless-shell";

    /// <summary>Milliseconds until something is taken for not coming; only a test that fails, or a very slow machine, needs them.</summary>
    private const float Patience = 30_000;

    private RunningSystem system = null!;
    private IPlaywright playwright = null!;
    private IBrowser browser = null!;

    /// <summary>A race with places, and one whose only place is taken.</summary>
    public (Guid RaceId, Guid DivisionId) Race { get; private set; }

    /// <inheritdoc cref="Race"/>
    public (Guid RaceId, Guid DivisionId) SoldOut { get; private set; }

    public Uri Address => system.Gateway;

    internal RunningSystem System => system;

    /// <summary>Kits leave when a test sends them; a card that is slow takes a moment.</summary>
    public async Task InitializeAsync()
    {
        Assert.True(File.Exists(Chromium), $"There is no browser at {Chromium}. Debian: apt-get install chromium-headless-shell fonts-noto-cjk. Elsewhere MARATHON_CHROMIUM says where one is.");
        var starting = RunningSystem.StartAsync(
        [
            // All tests are one organiser's, at one address.
            ("gateway", "Access__Accounts", Staff.Accounts), ("gateway", "Access__AttemptsAtNameFromAddress", "1000"),
            ("fulfilment", "Fulfilment__OpeningStock", "1000"), ("fulfilment", "Fulfilment__DispatchAfter", "1.00:00:00"), ("fulfilment", "Fulfilment__Carrier__TransitTime", "1.00:00:00"),
            // Whoever says that they come from elsewhere is believed, and may guess once.
            ("gateway", "TrustedProxies", "127.0.0.0/8 ::1"), ("gateway", "Limits__WrongKeysFromAddress", "1"), ("gateway", "Limits__WrongKeysFromAddressPerMinute", "1"),
            // Long enough to be looked at on a busy machine, and less than Payment waits for.
            ("payment", "Payment__Simulated__SlowLatency", "4500-4600"),
        ]);
        Assertions.SetDefaultExpectTimeout(Patience);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium, Args = ["--no-sandbox", "--disable-gpu"] });
        system = await starting;
        Race = await system.OpenRaceAsync("한강 나이트런 (Han River Night Run)", 300, allowsDuplicates: true);
        SoldOut = await system.OpenRaceAsync("남산 트레일 (Namsan Trail)", 1, allowsDuplicates: true);
        await RegisterAsync(SoldOut);
        await Eventually.TrueAsync(async () =>
        {
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add("Accept", "text/html");
            var shop = await http.GetStringAsync(Address);
            return shop.Contains("Namsan", StringComparison.Ordinal) && (await http.GetStringAsync(new Uri(Address, $"/race/{SoldOut.RaceId}"))).Contains("fill bad", StringComparison.Ordinal);
        });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null) await browser.DisposeAsync();
        playwright?.Dispose();
        if (system is not null) await system.DisposeAsync();
    }

    /// <summary>Somebody with a browser of their own.</summary>
    internal async Task<Reader> ReaderAsync(string language = "ko-KR", bool isPhone = false, bool isDark = false, bool hasScript = true)
    {
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = Address.ToString(), Locale = language, ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light, JavaScriptEnabled = hasScript,
            ViewportSize = isPhone ? new() { Width = 375, Height = 812 } : new() { Width = 1280, Height = 900 }, IsMobile = isPhone, HasTouch = isPhone, DeviceScaleFactor = 1,
            ReducedMotion = ReducedMotion.Reduce,
        });
        context.SetDefaultTimeout(Patience);
        return new Reader(await context.NewPageAsync(), $"{(isPhone ? "phone" : "wide")}-{(isDark ? "dark" : "light")}-{language[..2]}");
    }

    /// <summary>A service goes away, and is there again when what is returned is called.</summary>
    public async Task<Func<Task>> TakeAwayAsync(string service)
    {
        var app = system.Application;
        Assert.True((await app.ResourceCommands.ExecuteCommandAsync(service, KnownResourceCommands.StopCommand)).Success);
        return async () =>
        {
            Assert.True((await app.ResourceCommands.ExecuteCommandAsync(service, KnownResourceCommands.StartCommand)).Success);
            await app.ResourceNotifications.WaitForResourceHealthyAsync(service);
        };
    }

    /// <summary>Nobody gets at a service's table until what is returned is disposed.</summary>
    public async Task<IAsyncDisposable> HoldAsync(string service, string table)
    {
        var connection = await system.Database(service).OpenConnectionAsync();
        // What is closed without a commit is rolled back.
        await using var hold = new NpgsqlCommand($"BEGIN; LOCK TABLE {table}", connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }

    /// <summary>Another runner, by a program.</summary>
    public async Task<string> RegisterAsync((Guid RaceId, Guid DivisionId) race, string phoneNo = "010-9999-0001", string name = "김먼저")
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var answer = await http.PostAsJsonAsync("/registrations", new { race.RaceId, race.DivisionId, name, phoneNo, address = "서울시 중구", topSize = "105", bottomSize = "95" });
        return (await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("number").GetString()!;
    }

    /// <summary>The organiser does something, by a program.</summary>
    public async Task OrganiseAsync(string path, object body)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var login = await http.PostAsJsonAsync("/login", new { name = Staff.Organiser, password = Staff.Password });
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await login.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString());
        await Eventually.TrueAsync(async () =>
        {
            using var answer = await http.PostAsJsonAsync(path, body);
            Assert.True(answer.IsSuccessStatusCode, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            return true;
        });
    }
}

[CollectionDefinition(Name)]
public sealed class OneSite : ICollectionFixture<Site>
{
    public const string Name = "one site";
}
