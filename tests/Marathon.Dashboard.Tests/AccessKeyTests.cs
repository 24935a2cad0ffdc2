using System.Security.Cryptography;

namespace Marathon.Dashboard.Tests;

public sealed class AccessKeyTests
{
    private static readonly string Hash = Convert.ToBase64String(SHA256.HashData("secret"u8));

    [Fact]
    public void Opens_WhenKeyIsRight_IsTrue() => Assert.True(AccessKey.Opens(Hash, "secret"));

    [Theory]
    [InlineData("Secret")]
    [InlineData("")]
    [InlineData(null)]
    public void Opens_WhenKeyIsWrong_IsFalse(string? presented) => Assert.False(AccessKey.Opens(Hash, presented));

    [Theory]
    [InlineData("secret")]
    [InlineData(null)]
    public void Opens_WhenThereIsNoRegistration_IsFalse(string? presented) => Assert.False(AccessKey.Opens(null, presented));
}
