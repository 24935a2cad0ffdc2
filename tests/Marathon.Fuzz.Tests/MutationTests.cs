using System.Text.Json;

namespace Marathon.Fuzz.Tests;

/// <summary>What a seed makes.</summary>
public sealed class MutationTests
{
    private static readonly Knowledge Known = Know();

    private static readonly PublicCall Call = new("POST", "/registrations/{number}", IsForEveryone: true, IsStream: false, "application/json", ["page"], JsonDocument.Parse("""{"$ref":"#/components/schemas/Runner"}""").RootElement,
        JsonDocument.Parse("""{"Runner":{"type":"object","properties":{"name":{"type":["null","string"]},"phoneNo":{"type":"string"},"wave":{"type":"integer"},"sizes":{"type":"array","items":{"type":"string"}}}}}""").RootElement);

    [Fact]
    public void Request_OfTheSameSeed_IsTheSame()
    {
        static IEnumerable<string> Requests(int seed) => Enumerable.Range(0, 300).Select(number => new Thrower(new Uri("http://localhost"), [Call], Known, seed).Request(number).ToString());
        Assert.Equal(Requests(7), Requests(7));
        Assert.NotEqual(Requests(7), Requests(8));
    }

    [Fact]
    public void Requests_AreMadeWorseInEveryWay()
    {
        var thrower = new Thrower(new Uri("http://localhost"), [Call], Known, seed: 7);
        var told = Enumerable.Range(0, 20_000).SelectMany(number => thrower.Request(number).Story).ToHashSet();
        foreach (var mutation in (Mutation[])[.. BodyMutations.OfJson, .. BodyMutations.OfBytes, .. HeadMutations.All, .. DeliveryMutations.All, .. DeliveryMutations.Slow])
            Assert.Contains(mutation.Name, told);
    }

    [Fact]
    public void Sample_OfACallThatNobodyThoughtOf_IsMadeFromItsDescription()
    {
        var sample = Samples.Of(Call, 5, Known, new Random(1));
        Assert.Equal("/registrations/M-0000-0000", sample.Path);
        Assert.Equal("""{"name":"Plantername 5","phoneNo":"010-7700-0005","wave":1,"sizes":["text"]}""", System.Text.Encoding.UTF8.GetString(sample.Body));
    }

    private static Knowledge Know()
    {
        var known = new Knowledge(["token"], "spare");
        known.Learn(JsonDocument.Parse("""{"number":"M-0000-0000","accessKey":"key"}""").RootElement);
        known.Learn(JsonDocument.Parse("""{"raceId":"1","divisions":[{"divisionId":"2"}]}""").RootElement);
        return known;
    }
}
