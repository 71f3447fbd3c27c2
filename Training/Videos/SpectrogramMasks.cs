namespace SoundSearch.Training.Videos;

/// <summary>What is masked in training (SpecAugment, as VIP-ANT has it): one band of bins and one stretch of frames.</summary>
/// <param name="Bins">Widest band of mel bins.</param>
/// <param name="Frames">Longest stretch, as a share of the window's frames.</param>
public sealed record SpectrogramMasks(int Bins, double Frames);
