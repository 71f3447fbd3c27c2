using System.Runtime.Intrinsics;

namespace SoundSearch.Training.Tagger;

/// <summary>An elementwise function that is compiled into the loop that stores a convolution's results.</summary>
internal interface IActivation
{
    static abstract Vector256<float> Apply(Vector256<float> x);
}

/// <summary>x</summary>
internal readonly struct Identity : IActivation
{
    public static Vector256<float> Apply(Vector256<float> x) => x;
}

/// <summary>max(x, 0)</summary>
internal readonly struct Relu : IActivation
{
    public static Vector256<float> Apply(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);
}

/// <summary>x min(max(x + 3, 0), 6) / 6 (Howard et al. 2019, "Searching for MobileNetV3", section 5.2)</summary>
internal readonly struct HardSwish : IActivation
{
    public static Vector256<float> Apply(Vector256<float> x) =>
        x * Vector256.Min(Vector256.Max(x + Vector256.Create(3f), Vector256<float>.Zero), Vector256.Create(6f)) * Vector256.Create(1 / 6f);
}
