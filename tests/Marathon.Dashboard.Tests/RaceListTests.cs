using Marathon.Contracts;
using Marathon.Dashboard.Lists;
using Marathon.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Dashboard.Tests;

/// <summary>From the events of races, registrations and stock to what runners choose from.</summary>
public sealed class RaceListTests(Servers servers) : DashboardTests(servers)
{
    private static readonly string[] Tops = ["95", "100"], Bottoms = ["90"];
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Guid race = Guid.CreateVersion7(), full = Guid.CreateVersion7(), ten = Guid.CreateVersion7();

    [Fact]
    public async Task Race_AsItWasToldOf_IsShownWithThePlacesLeft()
    {
        await others.SendAsync(
        [
            (Scheduled("Spring Run", 100, 3), 1), (new RaceOpened { RaceId = race, At = Then }, 2),
            (new RaceChanged { RaceId = race, At = Then, Name = "Spring Marathon", Place = "Busan", Date = new(2027, 4, 1), OpensAt = Then, ClosesAt = Then.AddDays(30), Currency = "KRW", KitHandover = "PICK_UP", RefundTiers = [new(30, 80)], Divisions = Divisions(100, 4) }, 3),
        ]);
        var stories = Enumerable.Range(0, 4).Select(_ => new Story(race) { DivisionId = ten }).ToArray();
        await others.SendAsync(stories.Select(story => ((IntegrationEvent)story.Confirmed(), 1)));

        var shown = await ShownAsync(found => found.Divisions is [_, { Registered: 4 }]);
        Assert.Equal(("Spring Marathon", "Busan", new DateOnly(2027, 4, 1), "OPEN", "PICK_UP", Then.AddDays(30)), (shown.Name, shown.Place, shown.Date, shown.Status, shown.KitHandover, shown.ClosesAt));
        Assert.Equal(("Full", 50_000, 100, 100L, false), (shown.Divisions[0].Name, shown.Divisions[0].Fee, shown.Divisions[0].Capacity, shown.Divisions[0].Remaining, shown.Divisions[0].IsSoldOut));
        Assert.Equal([new(30, 80)], shown.RefundTiers);
        Assert.Equal(Tops, shown.Divisions[1].TopSizes);
        Assert.Equal(Bottoms, shown.Divisions[1].BottomSizes);
        Assert.Equal(0, shown.Divisions[1].Remaining);

        await others.SendAsync(stories[0].Cancelled(), 2);
        await ShownAsync(found => found.Divisions is [_, { Registered: 3, Remaining: 1 }]);
    }

    [Fact]
    public async Task Race_WhileADivisionIsSoldOut_HasNoPlaceThere_HoweverManyHavePaid()
    {
        await others.SendAsync([(Scheduled("Autumn Run", 100, 10), 1), (new RaceOpened { RaceId = race, At = Then }, 2), (new RaceSoldOut { RaceId = race, At = Then, DivisionId = ten }, 3)]);
        await ShownAsync(found => found.Divisions is [{ IsSoldOut: false, Remaining: 100 }, { IsSoldOut: true, Remaining: 0 }]);

        await others.SendAsync([(new RacePlacesReturned { RaceId = race, At = Then, DivisionId = ten }, 4), (new RaceSuspended { RaceId = race, At = Then, LiveRegistrations = 0 }, 5)]);
        await ShownAsync(found => found is { Status: "SUSPENDED", Divisions: [_, { IsSoldOut: false, Remaining: 10 }] });

        await others.SendAsync([(new RaceResumed { RaceId = race, At = Then }, 6)]);
        await ShownAsync(found => found.Status == "OPEN");
        await others.SendAsync([(new RaceClosed { RaceId = race, At = Then }, 7)]);
        await ShownAsync(found => found.Status == "CLOSED");
    }

    [Fact]
    public async Task Race_OpenedBeforeItsTimeAndClosedBeforeItsEnd_ShowsFromWhenAndUntilWhenItWasOpen()
    {
        await others.SendAsync([(Scheduled("Early Run", 100, 10) with { OpensAt = Then.AddDays(10), ClosesAt = Then.AddDays(90) }, 1), (new RaceOpened { RaceId = race, At = Then }, 2)]);
        Assert.Equal((Then, Then.AddDays(90)), await TimesAsync("OPEN"));

        await others.SendAsync([(new RaceClosed { RaceId = race, At = Then.AddDays(1) }, 3)]);
        Assert.Equal((Then, Then.AddDays(1)), await TimesAsync("CLOSED"));

        async Task<(DateTimeOffset? OpensAt, DateTimeOffset? ClosesAt)> TimesAsync(string status)
        {
            var shown = await ShownAsync(found => found.Status == status);
            return (shown.OpensAt, shown.ClosesAt);
        }
    }

    [Fact]
    public async Task Form_UnderItsAddress_IsTheSameRegistration_HoweverOftenItIsOpened()
    {
        await others.SendAsync([(Scheduled("Spring Run", 100, 3), 1), (new RaceOpened { RaceId = race, At = Then }, 2)]);
        await ShownAsync(found => found.Status == "OPEN");

        var (address, form) = await OpenAsync($"/register/{race}/{ten}");
        var (sameAddress, sameForm) = await OpenAsync(address);
        var (otherAddress, _) = await OpenAsync($"/register/{race}/{ten}?key=no-key-of-ours!");

        Assert.Matches("key=[0-9a-f]{32}$", address);
        Assert.Contains($"action=\"{address}\"", form, StringComparison.Ordinal);
        Assert.Contains($"action=\"{address}\"", sameForm, StringComparison.Ordinal);
        Assert.Equal(address, sameAddress);
        Assert.NotEqual(address, otherAddress);

        async Task<(string Address, string Form)> OpenAsync(string path)
        {
            using var page = await dashboard.PageAsync(path);
            return (page.RequestMessage!.RequestUri!.PathAndQuery, await page.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task Kit_ThatIsHandedOut_IsNotSaidToBeSent()
    {
        var story = new Story(race) { DivisionId = ten };
        await others.SendAsync([(Scheduled("Spring Run", 100, 3) with { KitHandover = "PICK_UP" }, 1), (story.Confirmed(), 1), (story.Received(), 1), (story.Ready(), 2)]);
        await ShownAsync(found => found.KitHandover == "PICK_UP");
        await dashboard.Database.AppliedAsync("registrations", 1, story.RegistrationId);
        await dashboard.Database.AppliedAsync("deliveries", 2, story.RegistrationId);

        using var answer = await dashboard.PageAsync("/mypage/" + story.Number, story.AccessKey);

        var page = await answer.Content.ReadAsStringAsync();
        Assert.Contains("Ready to be picked up", page, StringComparison.Ordinal);
        Assert.Contains("<strong>Kit picked up</strong>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Kit sent", page, StringComparison.Ordinal);
    }

    /// <summary>Wherever the server believes to be.</summary>
    [Fact]
    public async Task Races_AreInOrder_ByTheDayInKorea()
    {
        var races = new[] { -1, 0, 5 }.Select(days => (Id: Guid.CreateVersion7(), Date: Today().AddDays(days))).ToArray();
        await others.SendAsync(races.Select(one => ((IntegrationEvent)(Scheduled("Spring Run", 100, 3) with { RaceId = one.Id, Date = one.Date, Divisions = [] }), 1)));
        await dashboard.Database.AppliedAsync("races", 1, [.. races.Select(one => one.Id)]);
        // One of the two has another day at any time of Korea's.
        foreach (var hours in (int[])[-12, 14])
        {
            await dashboard.Database.ExecuteAsync($"DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), '{hours}'); END $$");
            await using var replica = StartReplica();
            await Eventually.GetAsync(async () =>
            {
                var today = Today();
                var shown = await replica.Services.GetRequiredService<RaceList>().AllAsync(CancellationToken.None);
                Assert.Equal(
                    races.OrderBy(one => one.Date < today).ThenBy(one => Math.Abs(one.Date.DayNumber - today.DayNumber)).Select(one => one.Id),
                    shown.Select(one => one.RaceId).Where(id => Array.Exists(races, one => one.Id == id)));
                return true;
            }, TimeSpan.FromSeconds(10));
        }

        static DateOnly Today() => DateOnly.FromDateTime(DateTime.UtcNow.AddHours(9));
    }

    /// <summary>A browser that has kept one would count down by the time that it came with.</summary>
    [Fact]
    public async Task Race_AndAllOfThem_AreKeptByNoBrowser()
    {
        await others.SendAsync(Scheduled("Spring Run", 100, 3), 1);
        await ShownAsync(found => found.Name == "Spring Run");

        foreach (var path in (string[])["/", $"/race/{race}"])
        {
            using var page = await dashboard.PageAsync(path);
            Assert.True(page.IsSuccessStatusCode && page.Headers.CacheControl is { NoStore: true, MaxAge: null }, $"{path}: {page.StatusCode} {page.Headers.CacheControl}");
        }
    }

    private RaceScheduled Scheduled(string name, int capacityFull, int capacityTen) => new()
    {
        RaceId = race, At = Then, Name = name, Place = "Seoul", Date = new(2027, 3, 1), Divisions = Divisions(capacityFull, capacityTen),
    };

    private RaceDivision[] Divisions(int capacityFull, int capacityTen) =>
        [new(full, "Full", 50_000, capacityFull, Tops, Bottoms), new(ten, "10 km", 20_000, capacityTen, Tops, Bottoms)];

    private Task<RaceView> ShownAsync(Func<RaceView, bool> isSo) => Eventually.GetAsync<RaceView>(async () =>
    {
        var found = await dashboard.Services.GetRequiredService<RaceList>().FindAsync(race, CancellationToken.None);
        Assert.True(found is not null && isSo(found), $"{found} {string.Join("; ", found?.Divisions ?? [])}");
        return found!;
    });
}
