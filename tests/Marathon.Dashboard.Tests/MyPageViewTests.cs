namespace Marathon.Dashboard.Tests;

public sealed class MyPageViewTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void AsOf_WhenAMessageIsTheNewest_IsTheMessages()
    {
        var row = new RegistrationRow { AsOf = Then, Messages = [new MessageRow { At = Then.AddMinutes(1) }, new MessageRow { At = Then.AddMinutes(-1) }] };

        Assert.Equal(Then.AddMinutes(1), MyPageView.Of(row).AsOf);
    }
}
