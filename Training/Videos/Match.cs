namespace SoundSearch.Training.Videos;

/// <summary>A line of the list that says which pictures show what is heard.</summary>
/// <param name="Sound">One of the sounds with that text, to listen to.</param>
/// <param name="Text">What is heard.</param>
/// <param name="Picture">One of the pictures of that name, to look at.</param>
/// <param name="Words">Name of what they show.</param>
/// <param name="Cosine">Of text and name.</param>
/// <param name="Use">Whether the pictures show what is heard.</param>
public sealed record Match(string Sound, string Text, string Picture, string Words, double Cosine, bool Use);
