namespace Marathon.Messaging.Tests;

public sealed class PaceTests
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    /// <summary>What is usual, once it is.</summary>
    private static Pace Usually(double milliseconds, int events)
    {
        var pace = new Pace(Linger);
        for (var i = 0; i < 1000; i++) pace.Worked(TimeSpan.FromMilliseconds(milliseconds), events);
        return pace;
    }

    /// <summary>A rest is what is left of it: a moment less than all.</summary>
    [Theory]
    [InlineData(1, 1, 20)]
    [InlineData(40, 1, 320)]
    [InlineData(40, 100, 320)]
    [InlineData(400, 1000, 320)]
    [InlineData(40, 400, 20)]
    [InlineData(4000, 100, 400)]
    public void Rest_GoesByTheSquareOfWhatAHundredEventsTake(double milliseconds, int events, double expected)
    {
        var rest = Usually(milliseconds, events).Rest.TotalMilliseconds;

        Assert.InRange(rest, 0, expected);
        if (expected > Linger.TotalMilliseconds) Assert.True(rest > Linger.TotalMilliseconds, $"{rest} ms");
    }
}
