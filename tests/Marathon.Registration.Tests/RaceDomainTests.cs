using System.Collections.Immutable;
using Marathon.Registration.Domain;

namespace Marathon.Registration.Tests;

public class RaceLifecycleTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 10, 3, 0, 0, TimeSpan.Zero);

    private static Race Race(RaceStatus status, int taken = 0) => new(
        Guid.NewGuid(), "Race", "Seoul", new DateOnly(2027, 4, 25), status, Now.AddDays(-1), Now.AddDays(30), "KRW", false, TimeSpan.FromMinutes(10), RefundPolicy.Usual,
        [new Division(Guid.NewGuid(), Guid.Empty, "10 km", 20_000, 10, taken, ["100"], ["95"])]);

    [Theory]
    [InlineData(RaceStatus.Scheduled, RaceSwitch.Open, RaceStatus.Open)]
    [InlineData(RaceStatus.Scheduled, RaceSwitch.Suspend, null)]
    [InlineData(RaceStatus.Scheduled, RaceSwitch.Resume, null)]
    [InlineData(RaceStatus.Scheduled, RaceSwitch.Close, null)]
    [InlineData(RaceStatus.Open, RaceSwitch.Suspend, RaceStatus.Suspended)]
    [InlineData(RaceStatus.Open, RaceSwitch.Close, RaceStatus.Closed)]
    [InlineData(RaceStatus.Suspended, RaceSwitch.Open, null)]
    [InlineData(RaceStatus.Suspended, RaceSwitch.Resume, RaceStatus.Open)]
    [InlineData(RaceStatus.Suspended, RaceSwitch.Close, RaceStatus.Closed)]
    [InlineData(RaceStatus.Closed, RaceSwitch.Open, null)]
    [InlineData(RaceStatus.Closed, RaceSwitch.Suspend, null)]
    [InlineData(RaceStatus.Closed, RaceSwitch.Resume, null)]
    public void Switch_FollowsTheTable(RaceStatus from, RaceSwitch command, RaceStatus? to)
    {
        var decision = Race(from).Switch(command, force: false, Now);
        Assert.Equal(to, decision.Race?.Status);
        if (to is null) Assert.Equal(from, Assert.IsType<RaceRejection.WrongState>(decision.Rejection).Status);
        else Assert.Single(decision.Facts);
    }

    [Theory]
    [InlineData(RaceStatus.Open, RaceSwitch.Open)]
    [InlineData(RaceStatus.Open, RaceSwitch.Resume)]
    [InlineData(RaceStatus.Suspended, RaceSwitch.Suspend)]
    [InlineData(RaceStatus.Closed, RaceSwitch.Close)]
    public void Switch_WhenItIsSoAlready_ChangesNothing(RaceStatus status, RaceSwitch command)
    {
        var race = Race(status, taken: 3);
        var decision = race.Switch(command, force: false, Now);
        Assert.Same(race, decision.Race);
        Assert.Empty(decision.Facts);
    }

    [Fact]
    public void Suspend_WhenPeopleAreRegistered_IsRefusedUnlessForced()
    {
        Assert.Equal(3, Assert.IsType<RaceRejection.HasRegistrations>(Race(RaceStatus.Open, taken: 3).Switch(RaceSwitch.Suspend, force: false, Now).Rejection).Count);
        Assert.Equal(RaceStatus.Suspended, Race(RaceStatus.Open, taken: 3).Switch(RaceSwitch.Suspend, force: true, Now).Race?.Status);
    }

    [Fact]
    public void OpenAndClose_ByHand_SayWhenItReallyWas()
    {
        Assert.Equal(Now, (Race(RaceStatus.Scheduled) with { OpensAt = Now.AddDays(3) }).Switch(RaceSwitch.Open, false, Now).Race?.OpensAt);
        Assert.Equal(Now, Race(RaceStatus.Open).Switch(RaceSwitch.Close, false, Now).Race?.ClosesAt);
        Assert.Equal(Now.AddDays(-1), (Race(RaceStatus.Suspended) with { ClosesAt = Now.AddDays(-1) }).Switch(RaceSwitch.Close, false, Now).Race?.ClosesAt);
    }

    [Theory]
    [InlineData(RaceStatus.Scheduled, RaceSwitch.Open)]
    [InlineData(RaceStatus.Suspended, RaceSwitch.Resume)]
    public void Switch_WhenTheClosingTimeHasPassed_IsRefused(RaceStatus status, RaceSwitch command) =>
        Assert.IsType<RaceRejection.ClosingTimePassed>((Race(status) with { ClosesAt = Now }).Switch(command, force: false, Now).Rejection);

    [Theory]
    [InlineData(RaceStatus.Scheduled, 0, 9, true)]
    [InlineData(RaceStatus.Scheduled, 1, 9, false)]
    [InlineData(RaceStatus.Scheduled, -9, 0, false)]
    [InlineData(RaceStatus.Open, 0, 9, true)]
    [InlineData(RaceStatus.Open, -9, 0, false)]
    [InlineData(RaceStatus.Suspended, -9, 9, false)]
    [InlineData(RaceStatus.Closed, -9, 9, false)]
    public void Registering_IsPossibleFromItsTimeOn_AndUntilItsTime(RaceStatus status, int opensIn, int closesIn, bool isPossible) =>
        Assert.Equal(isPossible, (Race(status) with { OpensAt = Now.AddSeconds(opensIn), ClosesAt = Now.AddSeconds(closesIn) }).Refuses(Now) is null);

    [Theory]
    [InlineData(RaceStatus.Scheduled, 0, 9, RaceStatus.Open)]
    [InlineData(RaceStatus.Scheduled, 1, 9, RaceStatus.Scheduled)]
    [InlineData(RaceStatus.Open, -9, 0, RaceStatus.Closed)]
    [InlineData(RaceStatus.Open, -9, 1, RaceStatus.Open)]
    [InlineData(RaceStatus.Suspended, -9, 0, RaceStatus.Suspended)]
    [InlineData(RaceStatus.Closed, -9, -1, RaceStatus.Closed)]
    public void Tick_OpensAndCloses_AtTheTime(RaceStatus status, int opensIn, int closesIn, RaceStatus after)
    {
        var decision = (Race(status) with { OpensAt = Now.AddSeconds(opensIn), ClosesAt = Now.AddSeconds(closesIn) }).Tick(Now);
        Assert.Equal(after, decision.Race?.Status);
        Assert.Equal(status == after ? 0 : 1, decision.Facts.Count);
    }
}

public class RaceDraftTests
{
    private static readonly DateTimeOffset Now = new(2027, 1, 10, 3, 0, 0, TimeSpan.Zero);
    private static readonly DivisionDraft TenKm = new(null, "10 km", 20_000, 100, ["100", "105"], ["95"]);
    private static readonly RaceDraft Good = new("Seoul Race", "Seoul", new DateOnly(2027, 4, 25), Now.AddDays(1), Now.AddDays(60), Divisions: [TenKm]);

    private static RaceDecision Schedule(RaceDraft draft) => draft.Schedule(Guid.NewGuid(), Guid.NewGuid, Now);

    private static string[] Wrong(RaceDecision decision) => [.. Assert.IsType<RaceRejection.Invalid>(decision.Rejection).Errors.Keys.Order()];

    private static Race Scheduled(int taken = 0)
    {
        var race = Schedule(Good).Race!;
        return race with { Divisions = [race.Divisions[0] with { Taken = taken }] };
    }

    [Fact]
    public void Schedule_WithWhatMustBeThere_FillsInTheRest()
    {
        var decision = Schedule(Good with { Name = "  Seoul Race " });
        var race = decision.Race!;
        Assert.Equal(("Seoul Race", RaceStatus.Scheduled, "KRW", false, TimeSpan.FromMinutes(10)), (race.Name, race.Status, race.Currency, race.AllowsDuplicates, race.HoldTime));
        Assert.Equal(KitHandover.Shipping, race.KitHandover);
        Assert.Equal(RefundPolicy.Usual.Tiers, race.RefundPolicy.Tiers);
        Assert.Equal(1, race.Version);
        Assert.Equal([new RaceFact(RaceFactKind.Scheduled)], decision.Facts);
    }

    [Fact]
    public void Schedule_WhenNothingIsThere_NamesEveryField() =>
        Assert.Equal(["closesAt", "date", "divisions", "name", "opensAt", "place"], Wrong(Schedule(new RaceDraft())));

    [Fact]
    public void Schedule_WhenADivisionIsEmpty_NamesEachOfItsFields() =>
        Assert.Equal(["divisions[1].bottomSizes", "divisions[1].capacity", "divisions[1].fee", "divisions[1].name", "divisions[1].topSizes"],
            Wrong(Schedule(Good with { Divisions = [TenKm, new DivisionDraft()] })));

    public static TheoryData<RaceDraft, string> WrongDrafts => new()
    {
        { Good with { Name = " " }, "name" },
        { Good with { Name = "a\nb" }, "name" },
        { Good with { Name = new string('x', 101) }, "name" },
        { Good with { Currency = "won" }, "currency" },
        { Good with { KitHandover = "pick_up" }, "kitHandover" },
        { Good with { KitHandover = "" }, "kitHandover" },
        { Good with { HoldSeconds = 59 }, "holdSeconds" },
        { Good with { HoldSeconds = 3601 }, "holdSeconds" },
        { Good with { ClosesAt = Now }, "closesAt" },
        { Good with { OpensAt = Now.AddDays(61) }, "closesAt" },
        { Good with { Date = new DateOnly(1999, 1, 1) }, "date" },
        { Good with { Date = DateOnly.MaxValue }, "date" },
        // Midnight after the race in Korea is three in the afternoon in UTC.
        { Good with { ClosesAt = new DateTimeOffset(2027, 4, 25, 15, 0, 1, TimeSpan.Zero) }, "closesAt" },
        { Good with { RetainUntil = new DateOnly(2301, 1, 1) }, "retainUntil" },
        { Good with { RetainUntil = DateOnly.MaxValue }, "retainUntil" },
        { Good with { RefundTiers = [new RefundTierDraft(14, 101)] }, "refundTiers[0].percent" },
        { Good with { RefundTiers = [new RefundTierDraft(14, 100), new RefundTierDraft(14, 50)] }, "refundTiers[1].daysBefore" },
        { Good with { RefundTiers = [null] }, "refundTiers[0].daysBefore" },
        { Good with { Divisions = [] }, "divisions" },
        { Good with { Divisions = [null] }, "divisions[0]" },
        { Good with { Divisions = [.. Enumerable.Range(0, 21).Select(number => TenKm with { Name = $"{number}" })] }, "divisions" },
        { Good with { Divisions = [TenKm, TenKm with { Name = "10 KM " }] }, "divisions" },
        { Good with { Divisions = [TenKm with { DivisionId = Guid.NewGuid() }] }, "divisions[0].divisionId" },
        { Good with { Divisions = [TenKm with { Fee = -1 }] }, "divisions[0].fee" },
        { Good with { Divisions = [TenKm with { Capacity = 0 }] }, "divisions[0].capacity" },
        { Good with { Divisions = [TenKm with { TopSizes = ["M", "M "] }] }, "divisions[0].topSizes" },
        { Good with { Divisions = [TenKm with { TopSizes = ["M", " "] }] }, "divisions[0].topSizes[1]" },
        { Good with { Divisions = [TenKm with { BottomSizes = [] }] }, "divisions[0].bottomSizes" },
    };

    [Theory]
    [MemberData(nameof(WrongDrafts))]
    public void Schedule_WhenAFieldIsWrong_NamesIt(RaceDraft draft, string field) => Assert.Contains(field, Wrong(Schedule(draft)));

    [Fact]
    public void Schedule_MayTakeRegistrationsUntilTheEndOfTheRacesDayInKorea() =>
        Assert.NotNull(Schedule(Good with { ClosesAt = new DateTimeOffset(2027, 4, 26, 0, 0, 0, TimeSpan.FromHours(9)) }).Race);

    [Fact]
    public void Change_OfNothing_IsNoChange()
    {
        var race = Scheduled();
        Assert.Empty(new RaceDraft().Change(race, Guid.NewGuid, Now).Facts);
        Assert.Empty((Good with { Divisions = [TenKm with { DivisionId = race.Divisions[0].Id }] }).Change(race, Guid.NewGuid, Now).Facts);
    }

    [Fact]
    public void Change_OfADivision_LeavesTheOthers_AndAddsNewOnes()
    {
        var race = Scheduled(taken: 7);
        var changed = new RaceDraft(Divisions: [new DivisionDraft(race.Divisions[0].Id, Fee: 25_000), TenKm with { Name = "Half" }]).Change(race, Guid.NewGuid, Now).Race!;
        Assert.Equal(("10 km", 25_000, 100, 7), (changed.Divisions[0].Name, changed.Divisions[0].Fee, changed.Divisions[0].Capacity, changed.Divisions[0].Taken));
        Assert.Equal("Half", changed.Divisions[1].Name);
        Assert.Equal(2, changed.Version);
    }

    [Theory]
    [InlineData(RaceStatus.Scheduled)]
    [InlineData(RaceStatus.Open)]
    [InlineData(RaceStatus.Suspended)]
    [InlineData(RaceStatus.Closed)]
    public void Change_OfHowKitsAreHandedOver_IsPossibleInEveryState_AndHoldsUntilTheNext(RaceStatus status)
    {
        var race = Scheduled(taken: 7) with { Status = status };
        var changed = new RaceDraft(KitHandover: "PICK_UP").Change(race, Guid.NewGuid, Now);
        Assert.Equal((KitHandover.PickUp, "Changed"), (changed.Race!.KitHandover, string.Join(' ', changed.Facts.Select(fact => fact.Kind))));
        Assert.Equal(KitHandover.PickUp, new RaceDraft(Name: "Another").Change(changed.Race, Guid.NewGuid, Now).Race!.KitHandover);
        Assert.Empty(new RaceDraft(KitHandover: "PICK_UP").Change(changed.Race, Guid.NewGuid, Now).Facts);
    }

    [Theory]
    [InlineData("Jeju", 0, -30, true)]
    [InlineData("Jeju", 0, 0, true)]
    [InlineData("Jeju", 0, 1, false)]
    [InlineData(null, 7, -30, true)]
    [InlineData(null, 0, -30, false)]
    public void Change_IsAMove_WhenTheRaceIsStillToComeAndWillBeOnAnotherDayOrElsewhere(string? place, int later, int today, bool isMoved)
    {
        var race = Scheduled(taken: 7) with { Status = RaceStatus.Closed };

        var changed = new RaceDraft(Name: "Another", Place: place, Date: race.Date.AddDays(later)).Change(race, Guid.NewGuid, new DateTimeOffset(race.Date.AddDays(today), new TimeOnly(12, 0), TimeSpan.FromHours(9)));

        Assert.Equal(isMoved, Assert.Single(changed.Facts).IsMoved);
    }

    [Theory]
    [InlineData(7, 6, null)]
    [InlineData(7, 7, "Changed SoldOut")]
    [InlineData(7, 8, "Changed")]
    [InlineData(100, 101, "Changed PlacesReturned")]
    [InlineData(0, 0, "Changed SoldOut")]
    public void Change_OfCapacity_GoesDownToWhatIsTaken(int taken, int capacity, string? facts)
    {
        var race = Scheduled(taken);
        var decision = new RaceDraft(Divisions: [new DivisionDraft(race.Divisions[0].Id, Capacity: capacity)]).Change(race, Guid.NewGuid, Now);
        if (facts is null) Assert.Equal(new RaceRejection.CapacityBelowTaken(race.Divisions[0].Id, "10 km", taken), decision.Rejection);
        else Assert.Equal(facts, string.Join(' ', decision.Facts.Select(fact => fact.Kind)));
    }

    [Fact]
    public void Change_WhatCannotBeChanged_IsNamed()
    {
        Assert.Equal(["currency"], Wrong(new RaceDraft(Currency: "USD").Change(Scheduled(), Guid.NewGuid, Now)));
        Assert.Equal(["opensAt"], Wrong(new RaceDraft(OpensAt: Now.AddDays(2)).Change(Scheduled() with { Status = RaceStatus.Open }, Guid.NewGuid, Now)));
        Assert.Equal(["closesAt"], Wrong(new RaceDraft(ClosesAt: Now.AddDays(2)).Change(Scheduled() with { Status = RaceStatus.Closed }, Guid.NewGuid, Now)));
        Assert.Equal(["opensAt"], Wrong(new RaceDraft(OpensAt: Now.AddDays(60)).Change(Scheduled(), Guid.NewGuid, Now)));
        // From its time on people register, whether or not the clock has opened it by then.
        Assert.Equal(["opensAt"], Wrong(new RaceDraft(OpensAt: Now.AddDays(2)).Change(Scheduled(), Guid.NewGuid, Scheduled().OpensAt)));
    }

    [Theory]
    [InlineData(0, 14, 50, true)]
    [InlineData(1, 14, 50, false)]
    [InlineData(1, 15, 100, false)]
    [InlineData(1, 3, 100, true)]
    public void Change_OfTheRefundPolicy_TakesNothingFromThoseWhoAreRegistered(int taken, int daysBefore, int percent, bool allowed) =>
        Assert.Equal(allowed, new RaceDraft(RefundTiers: [new RefundTierDraft(daysBefore, percent)]).Change(Scheduled(taken), Guid.NewGuid, Now).Rejection is not RaceRejection.RefundBelowPromised);

    [Theory]
    [InlineData(0, -1, 14, 3, true)]
    [InlineData(1, +1, 14, 3, true)]
    [InlineData(1, -1, 14, 3, false)]
    [InlineData(1, -1, 13, 3, false)]
    [InlineData(1, -1, 13, 2, true)]
    [InlineData(1, -10, 4, 0, true)]
    public void Change_OfTheDay_TakesNothingFromThoseWhoAreRegistered(int taken, int days, int wholeUntil, int halfUntil, bool allowed)
    {
        var race = Scheduled(taken);
        var draft = new RaceDraft(Date: race.Date.AddDays(days), RefundTiers: [new RefundTierDraft(wholeUntil, 100), new RefundTierDraft(halfUntil, 50)]);
        Assert.Equal(allowed, draft.Change(race, Guid.NewGuid, Now).Rejection is not RaceRejection.RefundBelowPromised);
    }

    /// <summary>Until two weeks before the first day all of it was to come back, and half of it until three days before.</summary>
    [Theory]
    [InlineData(1, 0, 14, 3, true)]
    [InlineData(1, 0, 15, 3, false)]
    [InlineData(1, 0, 14, 4, false)]
    [InlineData(1, -4, 10, 0, true)]
    [InlineData(1, -4, 10, 1, false)]
    [InlineData(0, 0, 15, 4, true)]
    public void Change_OfTheDay_WhenItWasEarlierMeanwhile_TakesNothingFromThoseWhoAreRegistered(int taken, int days, int wholeUntil, int halfUntil, bool allowed)
    {
        var race = Scheduled(taken: 1);
        var earlier = new RaceDraft(Date: race.Date.AddDays(-30), ClosesAt: Now.AddDays(40), RefundTiers: [new RefundTierDraft(0, 100)]).Change(race, Guid.NewGuid, Now).Race!;
        earlier = new RaceDraft(Name: "Meanwhile").Change(earlier, Guid.NewGuid, Now).Race! with { Divisions = [race.Divisions[0] with { Taken = taken }] };
        var draft = new RaceDraft(Date: race.Date.AddDays(days), RefundTiers: [new RefundTierDraft(wholeUntil, 100), new RefundTierDraft(halfUntil, 50)]);
        Assert.Equal(allowed, draft.Change(earlier, Guid.NewGuid, Now).Rejection is not RaceRejection.RefundBelowPromised);
    }

    [Fact]
    public void Change_WhenTheRaceIsOver_IsPossible_ButNotToALaterDayOnWhichSomebodyGetsLess()
    {
        var race = Scheduled(taken: 1);
        var earlier = new RaceDraft(Date: race.Date.AddDays(-30), ClosesAt: Now.AddDays(40), RefundTiers: [new RefundTierDraft(0, 100)]).Change(race, Guid.NewGuid, Now).Race!;
        var over = Domain.Race.EndOf(earlier.Date);

        Assert.Equal("Another", new RaceDraft(Name: "Another").Change(earlier, Guid.NewGuid, over).Race?.Name);
        var back = new RaceDraft(Date: race.Date, RefundTiers: [new RefundTierDraft(15, 100)]);
        Assert.IsType<RaceRejection.RefundBelowPromised>(back.Change(earlier, Guid.NewGuid, over).Rejection);
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Change_OfTheDay_WhenNothingCanBePaidBackAnyMore_IsPossible(int daysBefore, bool allowed)
    {
        var race = Scheduled(taken: 1);
        Assert.Equal(allowed, new RaceDraft(Date: race.Date.AddDays(-1)).Change(race, Guid.NewGuid, Domain.Race.EndOf(race.Date.AddDays(-daysBefore)).AddHours(-1)).Rejection is null);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(-1, false)]
    public void RefundPolicy_OfADayThatHasPassed_GivesNothingAnyMore(int day, bool allowed)
    {
        var (today, whole) = (new DateOnly(2027, 1, 15), new RefundPolicy([new RefundTier(0, 100)]));
        Assert.Equal(allowed, whole.Keeps([new RefundPromise(today.AddDays(12), 100)], today.AddDays(day), today));
    }

    /// <summary>Two thousand random lives of a race, from fixed seeds so that a failure can be looked at again.</summary>
    [Fact]
    public void Race_WhateverIsDoneToIt_KeepsItsInvariants()
    {
        var promisesAtStake = 0;
        for (var seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            var now = Now;
            var decision = Schedule(Good);
            var race = decision.Race!;
            var told = decision.Facts.ToImmutableList();
            var promised = new Dictionary<DateOnly, int>();
            for (var step = 0; step < 40; step++)
            {
                now = now.AddDays(random.Next(4));
                var before = race;
                var one = before.Divisions[random.Next(before.Divisions.Count)];
                var either = random.Next(2) == 0;
                decision = random.Next(14) switch
                {
                    0 => before.Tick(now),
                    1 => Places(before, one, random.Next(-3, 60)),
                    2 => Changed(new RaceDraft(Divisions: [new DivisionDraft(one.Id, Capacity: random.Next(0, 120))])),
                    3 => Changed(new RaceDraft(OpensAt: now.AddDays(random.Next(-5, 20)), ClosesAt: now.AddDays(random.Next(-2, 60)), Date: new DateOnly(2027, random.Next(2, 9), 20))),
                    4 => Changed(new RaceDraft(HoldSeconds: random.Next(4000), Divisions: [new DivisionDraft(one.Id, Fee: random.Next(-5_000, 50_000), TopSizes: SizesOrNone(random), BottomSizes: SizesOrNone(random))])),
                    5 => Changed(new RaceDraft(Date: before.Date.AddDays(either ? 0 : random.Next(-20, 20)), RefundTiers: TiersOrNone(random))),
                    6 => Changed(new RaceDraft(AllowsDuplicates: either)),
                    7 => Changed(new RaceDraft(Divisions: [.. Enumerable.Range(random.Next(60), random.Next(1, 9)).Select(number => TenKm with { Name = $"{number} km", Fee = random.Next(50_000), Capacity = random.Next(50) })])),
                    // To and fro between two days, now with all of it back until the race, now for a shorter time.
                    8 or 9 => Changed(new RaceDraft(Date: Good.Date!.Value.AddDays(either ? 0 : -20), RefundTiers: [new RefundTierDraft(random.Next(2) * random.Next(30), 100)])),
                    _ => before.Switch((RaceSwitch)random.Next(4), force: either, now),
                };
                Assert.True(decision.Race is null == decision.Rejection is not null, $"seed {seed}: both or neither");
                if (decision.Race is null) Assert.Empty(decision.Facts);
                else race = decision.Race;
                told = told.AddRange(decision.Facts);

                Assert.Equal(told.Count, race.Version);
                Assert.True(before.Status == race.Status || IsLegal(before.Status, race.Status), $"seed {seed}: {before.Status} → {race.Status}");
                Assert.True(race.OpensAt <= race.ClosesAt && race.ClosesAt <= Domain.Race.EndOf(race.Date), $"seed {seed}: its times");
                Assert.All(race.Divisions, division => Assert.Equal(division.Remaining == 0,
                    told.LastOrDefault(fact => fact.DivisionId == division.Id && fact.Kind is RaceFactKind.SoldOut or RaceFactKind.PlacesReturned).Kind == RaceFactKind.SoldOut));
                if (race == before) continue;
                AssertIsWithinItsBounds(race, seed);
                // Whatever is changed about them, divisions stay, and new ones come after them.
                Assert.True(before.Divisions.Select(division => division.Id).SequenceEqual(race.Divisions.Take(before.Divisions.Count).Select(division => division.Id)), $"seed {seed}: its divisions");
                Assert.False(before is { AllowsDuplicates: true, Taken: > 0 } && !race.AllowsDuplicates, $"seed {seed}: somebody may be there twice");
                if (before.Taken == 0) promised.Clear();
                var today = Domain.Race.DayOf(now);
                // Neither was a race that is over, and stays so, giving anything before.
                if (before.Taken == 0 || (before.Date == race.Date && (before.RefundPolicy == race.RefundPolicy || today > race.Date))) continue;
                AssertNobodyGetsLess(promised, before, race, today, seed);
                promisesAtStake++;

                RaceDecision Changed(RaceDraft draft) => draft.Change(before, Guid.NewGuid, now);
            }
            AssertReplays(told, race, seed);
        }
        Assert.True(promisesAtStake > 0, "no promise was ever at stake");

        // What the store does when places are taken or given back.
        static RaceDecision Places(Race race, Division one, int by)
        {
            var after = one with { Taken = Math.Clamp(one.Taken + by, 0, one.Capacity) };
            RaceFact? fact = RaceFact.OfPlaces(one.Id, one.Remaining, after.Remaining);
            return RaceDecision.Done(race with { Divisions = [.. race.Divisions.Select(other => other.Id == one.Id ? after : other)] }, fact is { } crossed ? [crossed] : []);
        }

        // Some of them no sizes, some of them there twice.
        static string[]? SizesOrNone(Random random)
        {
            if (random.Next(2) == 0) return null;
            string[] written = ["S", "M", " M", "L", "XL", "", "far too long"];
            return [.. Enumerable.Range(0, random.Next(4)).Select(_ => written[random.Next(written.Length)])];
        }

        static RefundTierDraft[]? TiersOrNone(Random random) => random.Next(2) == 0
            ? null
            : [.. Enumerable.Range(0, random.Next(4)).Select(_ => new RefundTierDraft(random.Next(-1, 30), random.Next(-1, 6) * 25))];

        static bool IsLegal(RaceStatus from, RaceStatus to) => (from, to) is
            (RaceStatus.Scheduled, RaceStatus.Open) or (RaceStatus.Open, RaceStatus.Suspended) or (RaceStatus.Suspended, RaceStatus.Open)
            or (RaceStatus.Open, RaceStatus.Closed) or (RaceStatus.Suspended, RaceStatus.Closed);
    }

    /// <summary>Whatever an organiser wrote, what came of it is what an organiser may write.</summary>
    private static void AssertIsWithinItsBounds(Race race, int seed)
    {
        Assert.InRange(race.HoldTime, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));
        Assert.InRange(race.Divisions.Count, 1, 20);
        Assert.True(race.Divisions.DistinctBy(division => division.Name, StringComparer.OrdinalIgnoreCase).Count() == race.Divisions.Count, $"seed {seed}: two divisions of one name");
        Assert.All(race.Divisions, division =>
        {
            Assert.InRange(division.Taken, 0, division.Capacity);
            Assert.InRange(division.Fee, 0, 100_000_000);
            Assert.True(AreSizes(division.TopSizes) && AreSizes(division.BottomSizes), $"seed {seed}: its sizes");
        });
        var tiers = race.RefundPolicy.Tiers;
        Assert.True(tiers.Count <= 10 && tiers.DistinctBy(tier => tier.DaysBefore).Count() == tiers.Count && tiers.All(tier => tier is { DaysBefore: >= 0, Percent: >= 0 and <= 100 }),
            $"seed {seed}: its refund tiers");

        static bool AreSizes(IReadOnlyList<string> sizes) =>
            sizes.Count is > 0 and <= 30 && sizes.Distinct().Count() == sizes.Count && sizes.All(size => size.Length is > 0 and <= 10 && size == size.Trim());
    }

    /// <summary>
    /// On whatever day, from today on, somebody who was there before cancels: they get what was ever promised for it. Asked day by day, where the race itself looks only at the last
    /// days of its tiers.
    /// </summary>
    private static void AssertNobodyGetsLess(Dictionary<DateOnly, int> promised, Race before, Race after, DateOnly today, int seed)
    {
        for (var day = today; day <= before.Date; day = day.AddDays(1)) promised[day] = Math.Max(promised.GetValueOrDefault(day), RefundOf(before, day));
        for (var day = today; day == today || day <= after.Date; day = day.AddDays(1))
            if (RefundOf(after, day) < promised.GetValueOrDefault(day)) Assert.Fail($"seed {seed}: on {day:O} {RefundOf(after, day)} instead of {promised[day]}");

        static int RefundOf(Race race, DateOnly day) => race.RefundPolicy.RefundOf(20_000, race.Date, day);
    }

    /// <summary>Who hears the events knows the race's state, and sold out and returned take turns.</summary>
    private static void AssertReplays(ImmutableList<RaceFact> told, Race race, int seed)
    {
        var heard = RaceStatus.Scheduled;
        var full = new HashSet<Guid>();
        foreach (var fact in told)
        {
            heard = fact.Kind switch
            {
                RaceFactKind.Opened or RaceFactKind.Resumed => RaceStatus.Open,
                RaceFactKind.Suspended => RaceStatus.Suspended,
                RaceFactKind.Closed => RaceStatus.Closed,
                _ => heard,
            };
            if (fact.Kind == RaceFactKind.SoldOut) Assert.True(full.Add(fact.DivisionId), $"seed {seed}: {fact.Kind} twice");
            if (fact.Kind == RaceFactKind.PlacesReturned) Assert.True(full.Remove(fact.DivisionId), $"seed {seed}: {fact.Kind} twice");
        }
        Assert.Equal(race.Status, heard);
    }
}

public class RunnerChangeTests
{
    private static readonly Division Division = new(Guid.Empty, Guid.Empty, "10 km", 20_000, 10, 0, ["100", "105"], ["95", "100"]);
    private static readonly Runner Runner = Runner.Stored("HJK1", "010-1234-4256", "경기도성남시", "XXL", "100", "ko");

    [Fact]
    public void Change_OfOneField_KeepsTheOthers_AlsoASizeThatIsNoLongerMade()
    {
        var errors = new Dictionary<string, FormattableString>();
        Assert.Equal(Runner.Stored("HJK1", "010-1234-4256", "Busan", "XXL", "100", "ko"), Runner.Change(null, " Busan ", null, null, Division, errors));
        Assert.Empty(errors);
    }

    [Fact]
    public void Change_ToWhatIsWrong_NamesEachField()
    {
        var errors = new Dictionary<string, FormattableString>();
        Assert.Null(Runner.Change("call me", " ", "XXL", "", Division, errors));
        Assert.Equal(["address", "bottomSize", "phoneNo", "topSize"], errors.Keys.Order());
    }
}
