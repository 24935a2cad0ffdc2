using Marathon.Registration.Application.Ports;
using Marathon.Registration.Application.Scheduling;
using Marathon.Registration.Application.Switching;
using Marathon.Registration.Domain;
using Microsoft.Extensions.Logging.Abstractions;

namespace Marathon.Registration.Tests;

/// <summary>An organiser's command that was carried out is answered so, also when the races cannot be read again just then: a race that was scheduled would be scheduled twice.</summary>
public class CommandTests
{
    private static readonly RaceDraft Draft = new("Seoul Race", "Seoul", DateOnly.FromDateTime(DateTime.UtcNow).AddDays(100), DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(60),
        Divisions: [new DivisionDraft(null, "10 km", 20_000, 100, ["100"], ["95"])]);

    public static TheoryData<bool> Ways => new(true, false);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Schedule_WhenTheRacesCannotBeReadAgain_IsDoneAllTheSame(bool never)
    {
        var book = new Book();
        var decision = await new ScheduleRaceHandler(book, new Unreadable(never), TimeProvider.System, NullLogger<ScheduleRaceHandler>.Instance).HandleAsync(Draft, once: null, CancellationToken.None);
        Assert.Equal("Seoul Race", decision.Race?.Name);
        Assert.Equal(1, book.Written);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task ChangeAndSwitch_WhenTheRacesCannotBeReadAgain_AreDoneAllTheSame(bool never)
    {
        var (book, races) = (new Book(), new Unreadable(never));
        var changed = await new ChangeRaceHandler(book, races, TimeProvider.System, NullLogger<ChangeRaceHandler>.Instance).HandleAsync(Guid.NewGuid(), new RaceDraft(Name: "Another"), CancellationToken.None);
        var opened = await new SwitchRaceHandler(book, races, TimeProvider.System, NullLogger<SwitchRaceHandler>.Instance)
            .HandleAsync(new SwitchRace(Guid.NewGuid(), RaceSwitch.Open), CancellationToken.None);
        Assert.Equal(("Another", RaceStatus.Open), (changed?.Race?.Name, opened?.Race?.Status));
        Assert.Equal(2, book.Written);
    }

    private sealed class Book : IRaceBook
    {
        public int Written { get; private set; }

        public Task<RaceAdded> AddAsync(RaceDecision scheduled, byte[]? requestHash, DateTimeOffset now, CancellationToken cancellationToken)
        {
            Written++;
            return Task.FromResult(RaceAdded.Now);
        }

        public Task<RaceDecision?> DecideAsync(Guid raceId, Func<Race, RaceDecision> decide, DateTimeOffset now, CancellationToken cancellationToken)
        {
            Written++;
            return Task.FromResult<RaceDecision?>(decide(Draft.Schedule(raceId, Guid.NewGuid, now).Race!));
        }
    }

    private sealed class Unreadable(bool never) : IRaces
    {
        public IReadOnlyList<Race> All => [];

        public Race? Default => null;

        public Race? Find(Guid raceId) => null;

        public bool IsKnownFull(Guid divisionId) => false;

        public void NoteFull(Guid divisionId) { }

        public Task RefreshAsync(CancellationToken cancellationToken) => never ? new TaskCompletionSource().Task : Task.FromException(new TimeoutException());
    }
}
