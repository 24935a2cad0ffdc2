using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Marathon.Gateway.Tests;

/// <summary>What becomes of a call to a service: what the call can come to is an answer, and what is wrong with the gateway is not put on the service.</summary>
public sealed class SisterServicesTests : IClassFixture<House>
{
    private readonly House house;

    public SisterServicesTests(House house)
    {
        this.house = house;
        house.Begin();
    }

    private Task<Web.Reply> AskAsync(HttpContext? context = null, Action<HttpRequestMessage>? prepare = null) =>
        house.Gateway.Services.GetRequiredService<IHttpClientFactory>().AskAsync(HttpMethod.Get, "registration", "/races", context ?? new DefaultHttpContext(), prepare);

    [Theory]
    [InlineData("text")]
    [InlineData("half")]
    [InlineData("nothing")]
    [InlineData("hang up")]
    public async Task Service_ThatSaysNothingThatCanBeRead_IsSilent(string what)
    {
        house.Begin(context => what switch
        {
            "text" => context.Response.WriteAsync("<html>"),
            "half" => context.Response.WriteAsync("{\"total\":"),
            "nothing" => Task.CompletedTask,
            _ => Task.Run(context.Abort),
        });

        var reply = await AskAsync();

        Assert.Equal((503, true), (reply.Status, reply.IsSilent));
    }

    [Fact]
    public async Task Service_ThatDoesNotAnswerInTime_IsSilent()
    {
        house.Begin(context => Task.Delay(Timeout.Infinite, context.RequestAborted));

        var reply = await AskAsync();

        Assert.Equal((503, true), (reply.Status, reply.IsSilent));
    }

    [Fact]
    public async Task Caller_WhoHasLeft_IsNotAnswered()
    {
        house.Begin(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        using var left = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(new DefaultHttpContext { RequestAborted = left.Token }));
    }

    [Fact]
    public async Task Mistake_OfTheGatewayItself_IsNotTheServicesSilence()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => AskAsync(prepare: _ => throw new InvalidOperationException("a mistake of ours")));
        Assert.Empty(house.Service.Requests);
    }
}
