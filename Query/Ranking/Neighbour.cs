namespace SoundSearch.Query.Ranking;

/// <summary>A file near a question.</summary>
/// <param name="File">Its id.</param>
/// <param name="Segment">Id of its nearest segment.</param>
/// <param name="Cosine">Of that segment with the question.</param>
internal readonly record struct Neighbour(long File, long Segment, float Cosine);
