namespace Marathon.Fuzz;

/// <summary>One way to make a request worse.</summary>
internal sealed record Mutation(string Name, Action<RawRequest, Random> Apply);

/// <summary>All mutations, in the order in which they can be done to one request.</summary>
internal static class Mutations
{
    private const double Untouched = 0.1, Slow = 0.02;

    public static void Apply(RawRequest request, Random random)
    {
        if (random.NextDouble() < Untouched) return;
        var hasBody = request.Body.Length > 0;
        // One kind of wrong more often than several: what is refused for one is not asked for the other.
        var kinds = random.Next(4) == 0 ? 2 : 1;
        IReadOnlyList<Mutation>[] lists = hasBody
            ? [BodyMutations.OfJson, BodyMutations.OfJson, BodyMutations.OfJson, BodyMutations.OfBytes, HeadMutations.All, DeliveryMutations.All] : [HeadMutations.All];
        var chosen = Enumerable.Range(0, kinds).Select(_ => random.Next(lists.Length)).Order().ToList();
        foreach (var list in chosen)
        {
            Do(random.Any(lists[list]));
            if (lists[list] == BodyMutations.OfJson || lists[list] == BodyMutations.OfBytes) Measure(request);
        }
        if (hasBody && random.NextDouble() < Slow) Do(random.Any(DeliveryMutations.Slow));

        void Do(Mutation mutation)
        {
            mutation.Apply(request, random);
            request.Story.Add(mutation.Name);
        }
    }

    private static void Measure(RawRequest request)
    {
        if (request.ContentLength is not null) request.ContentLength = $"{request.Body.Length}";
    }
}
