namespace Marathon.ServiceDefaults.Http;

/// <summary>
/// Reads the body of an answer within the attempt: it has come when all of it has. Read later, it would be outside the pipeline, under <see cref="HttpClient"/>'s own hundred seconds.
/// </summary>
internal sealed class WholeAnswers : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }
}
