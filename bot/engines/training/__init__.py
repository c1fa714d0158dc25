"""Scripts that train what the engines ship; they need scikit-learn and the shared labelled texts, the product
neither.
"""
