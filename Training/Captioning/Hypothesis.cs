namespace SoundSearch.Training.Captioning;

/// <summary>A text that a search found.</summary>
/// <param name="Tokens">Its ids, without start and end.</param>
/// <param name="LogProbability">Of all of them, and of the end if it was reached; natural logarithm.</param>
/// <param name="Ended">Whether the end token was written, or the text was cut at the most tokens.</param>
public sealed record Hypothesis(int[] Tokens, double LogProbability, bool Ended)
{
    /// <summary>What texts of different length are compared by: log probability / length^power, the end counted as a token.</summary>
    public double Score(double lengthPower) => LogProbability / Math.Pow(Math.Max(1, Tokens.Length + (Ended ? 1 : 0)), lengthPower);
}
