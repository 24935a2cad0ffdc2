using Microsoft.AspNetCore.Mvc;

namespace Marathon.ServiceDefaults.Http;

/// <summary>Which page of a list is asked for, <c>?page=1&amp;size=50</c>: what an endpoint takes <c>[AsParameters]</c>.</summary>
/// <param name="Page">From 1 on.</param>
/// <param name="Size">How many items are on it.</param>
public sealed record PageQuery([FromQuery(Name = "page")] int Page = 1, [FromQuery(Name = "size")] int Size = PageQuery.UsualSize)
{
    /// <summary>The default and the largest <c>size</c>.</summary>
    public const int UsualSize = 50, LargestSize = 500;

    /// <summary>The last <c>page</c> that can be asked for: times the largest size it is still a number of rows.</summary>
    public const int LastPage = 1_000_000;

    /// <summary>How many items come before it, if nothing is <see cref="Wrong"/>.</summary>
    public int Offset => (Page - 1) * Size;

    /// <summary>What is wrong about it, by field; empty when nothing is. Page times size is <paramref name="deepest"/> at most.</summary>
    public Dictionary<string, FormattableString> Wrong(int deepest = int.MaxValue)
    {
        var errors = new Dictionary<string, FormattableString>();
        if (Page is < 1 or > LastPage) errors["page"] = $"must be from {1} to {LastPage}";
        if (Size is < 1 or > LargestSize) errors["size"] = $"must be from {1} to {LargestSize}";
        if (errors.Count == 0 && (long)Page * Size > deepest) errors["size"] = $"must be from 1 on, and page × size at most {deepest}: narrow the list";
        return errors;
    }

    /// <summary>The answer: what is on it, and how many there are in all.</summary>
    public PageOf<T> Of<T>(IReadOnlyList<T> items, long total) => new(total, Page, Size, items);
}

/// <summary>A page of a list, and how many there are in all: as many as there are also where the page is behind the last.</summary>
public sealed record PageOf<T>(long Total, int Page, int Size, IReadOnlyList<T> Items);
