using Marathon.ServiceDefaults;
using Marathon.ServiceDefaults.Postgres;
using Marathon.Testing;
using Npgsql;

namespace Marathon.Messaging.Tests;

/// <summary>What every worker in the background does.</summary>
public sealed class RoundsTests
{
    private static readonly TimeSpan Long = TimeSpan.FromHours(1), Patience = TimeSpan.FromSeconds(10);

    private static Rounds Short => new(TimeProvider.System, TimeSpan.FromMilliseconds(1));

    /// <summary>Runs the rounds until they have ended it.</summary>
    private static async Task RunAsync(Rounds rounds, Func<int, bool> round, int until, List<string>? failures = null)
    {
        var count = 0;
        using var end = new CancellationTokenSource();
        await rounds.RunAsync(_ =>
        {
            if (++count == until) end.Cancel();
            return Task.FromResult(round(count));
        }, exception => failures?.Add(exception.Message), end.Token).WaitAsync(Patience);
        Assert.Equal(until, count);
    }

    [Theory]
    [InlineData(typeof(NpgsqlException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(NullReferenceException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(ObjectDisposedException))]
    public async Task Round_WhateverItThrows_IsFollowedByAnother(Type kind)
    {
        var failures = new List<string>();

        await RunAsync(Short, count => count % 2 == 0 ? false : throw (Exception)Activator.CreateInstance(kind, $"{count}")!, until: 6, failures);

        Assert.Equal(3, failures.Count);
    }

    [Fact]
    public async Task End_WhenARoundIsBrokenOff_IsNoFailure()
    {
        var failures = new List<string>();

        await RunAsync(Short, count => count < 3 ? false : throw new NpgsqlException("cancelled"), until: 3, failures);

        Assert.Empty(failures);
    }

    [Fact]
    public Task Round_WhenThereIsMore_IsFollowedAtOnce() => RunAsync(new Rounds(TimeProvider.System, Long), _ => true, until: 100);

    [Fact]
    public Task Round_AfterAFailure_ComesAfterARestOfItsOwn() =>
        RunAsync(new Rounds(TimeProvider.System, Long) { RestAfterFailure = TimeSpan.FromMilliseconds(1) }, _ => throw new TimeoutException(), until: 3);

    /// <param name="lasts">Seconds that each round takes; the third of them does not fail.</param>
    /// <param name="rests">Seconds, but for a quarter, of the rests.</param>
    [Theory]
    [InlineData(1, new double[] { 2, 4, 1, 2, 4, 8 })]
    [InlineData(61, new double[] { 2, 2, 1, 2, 2, 2 })]
    public async Task Rest_GrowsWhileRoundsFailInARow_AndNotAfterOneThatWorkedForLong(double lasts, double[] rests)
    {
        var time = new HurriedTime();
        var rounds = new Rounds(time, TimeSpan.FromSeconds(1)) { RestAfterFailure = TimeSpan.FromSeconds(2) };

        await RunAsync(rounds, count =>
        {
            time.Pass(TimeSpan.FromSeconds(lasts));
            return count == 3 ? false : throw new TimeoutException();
        }, until: rests.Length + 1);

        Assert.Equal(rests.Length, time.Rests.Count);
        Assert.All(time.Rests.Zip(rests), rest => Assert.InRange(rest.First.TotalSeconds, 0.75 * rest.Second, 1.25 * rest.Second));
    }

    [Theory]
    [InlineData(1, 0.5, 0.5)]
    [InlineData(2, 0.5, 1)]
    [InlineData(5, 0.5, 8)]
    [InlineData(6, 0.5, 10)]
    [InlineData(int.MaxValue, 0.5, 10)]
    [InlineData(3, 86400, 86400)]
    public void Rest_GrowsWithEveryFailureInARow_UpToALimit(int failures, double first, double expected)
    {
        var rests = Enumerable.Range(0, 1000).Select(_ => Rounds.RestAfter(failures, TimeSpan.FromSeconds(first)).TotalSeconds).ToList();

        Assert.All(rests, rest => Assert.InRange(rest, 0.75 * expected, 1.25 * expected));
        // Those who failed at one moment do not come back at one.
        Assert.True(rests.Max() - rests.Min() > 0.25 * expected);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rest_IsEndedByTheEnd(bool fails)
    {
        var begun = new TaskCompletionSource();
        using var end = new CancellationTokenSource();
        var running = new Rounds(TimeProvider.System, Long).RunAsync(cancellationToken =>
        {
            begun.SetResult();
            return fails ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
        }, _ => { }, end.Token);

        await begun.Task.WaitAsync(Patience);
        Assert.False(running.IsCompleted);
        await end.CancelAsync();

        await running.WaitAsync(Patience);
    }

    [Fact]
    public void Reason_OfWhatPasses_IsItsTextAlone_AndOfWhatNobodyExpected_AlsoWhere()
    {
        Assert.Equal("away", Rounds.Reason(new NpgsqlException("away")));

        var reason = Rounds.Reason(Assert.Throws<KeyNotFoundException>(() => new Dictionary<int, int>()[1]));

        Assert.StartsWith(nameof(KeyNotFoundException), reason, StringComparison.Ordinal);
        Assert.Contains(nameof(Reason_OfWhatPasses_IsItsTextAlone_AndOfWhatNobodyExpected_AlsoWhere), reason, StringComparison.Ordinal);
        Assert.DoesNotContain("0101234", Rounds.Reason(new InvalidOperationException("no", new FormatException("01012345678"))), StringComparison.Ordinal);
    }

    /// <summary>A rest is over as soon as it is noted.</summary>
    private sealed class HurriedTime : TimeProvider
    {
        private long now;

        public List<TimeSpan> Rests { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Pass(TimeSpan time) => now += time.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Rests.Add(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, period);
        }
    }
}

[Collection(nameof(Servers))]
public sealed class DatabaseFaultsTests(Servers servers)
{
    private static PostgresException Postgres(string state) => new("no", "ERROR", "ERROR", state);

    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.CrashShutdown, true)]
    [InlineData(PostgresErrorCodes.CannotConnectNow, true)]
    [InlineData(PostgresErrorCodes.DeadlockDetected, true)]
    [InlineData(PostgresErrorCodes.TooManyConnections, true)]
    [InlineData("25P03", true)]
    [InlineData(PostgresErrorCodes.UniqueViolation, false)]
    [InlineData(PostgresErrorCodes.CheckViolation, false)]
    [InlineData(PostgresErrorCodes.UndefinedTable, false)]
    [InlineData(PostgresErrorCodes.InvalidPassword, false)]
    public void WhatTheServerSays_Passes_UnlessItIsAboutTheStatement(string state, bool passes) => Assert.Equal(passes, DatabaseFaults.WillPass(Postgres(state)));

    [Fact]
    public void WhatIsWrapped_PassesAsWhatIsInIt()
    {
        Assert.True(DatabaseFaults.WillPass(new InvalidOperationException("might", new NpgsqlException("away", new IOException()))));
        Assert.False(DatabaseFaults.WillPass(new InvalidOperationException("might", Postgres(PostgresErrorCodes.UniqueViolation))));
        Assert.False(DatabaseFaults.WillPass(new InvalidOperationException("no")));
        Assert.False(DatabaseFaults.WillPass(new OperationCanceledException()));
    }

    [Fact]
    public async Task ADatabaseThatIsAway_Passes()
    {
        await using var nobody = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=marathon;Database=marathon");

        Assert.True(DatabaseFaults.WillPass(await Assert.ThrowsAnyAsync<Exception>(async () => await nobody.OpenConnectionAsync())));
    }

    [Fact]
    public async Task AConnectionThatIsEnded_Passes_AndAMistakeOfOursDoesNot()
    {
        await using var database = NpgsqlDataSource.Create(await servers.CreateDatabaseAsync());
        await using var connection = await database.OpenConnectionAsync();
        await using var sleep = new NpgsqlCommand("SELECT pg_sleep(60)", connection);
        var sleeping = sleep.ExecuteNonQueryAsync();

        await using (var second = new NpgsqlCommand("SELECT 1", connection))
            Assert.False(DatabaseFaults.WillPass(await Assert.ThrowsAnyAsync<Exception>(async () => await second.ExecuteNonQueryAsync())));
        await using (var kill = database.CreateCommand("SELECT pg_terminate_backend($1)"))
        {
            kill.Parameters.Add(new() { Value = connection.ProcessID });
            await kill.ExecuteNonQueryAsync();
        }

        Assert.True(DatabaseFaults.WillPass(await Assert.ThrowsAnyAsync<Exception>(() => sleeping)));
    }
}
